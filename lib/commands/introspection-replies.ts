// Replies of the COMMAND family.
import type {
  ArrayReply, BlobStringReply, MapReply, NumberReply, ReplyUnion, SetReply, TuplesReply, TypeMapping,
} from '../wire/resp-types';
import { fieldOf, isMissing, listOf, rowOf, rowsOf, textsOf } from './containers';
import { REQUEST_POLICIES, RESPONSE_POLICIES, type RequestPolicy, type ResponsePolicy } from './metadata-bits';
import { asIs, mapOfPairs } from './replies';

/** Where a command's arguments contain keys. */
export type KeySpec = {
  beginSearch:
    | { type: 'index'; index: number }
    | { type: 'keyword'; keyword: string; startFrom: number }
    | { type: 'unknown' };
  findKeys:
    | { type: 'range'; lastKey: number; keyStep: number; limit: number }
    | { type: 'keynum'; keyNumIdx: number; firstKey: number; keyStep: number }
    | { type: 'unknown' };
};

/** A command as the server describes it. */
export type CommandReply = {
  name: string;
  /** Number of words including the name; if negative, the minimum number. */
  arity: number;
  flags: Set<string>;
  firstKeyIndex: number;
  lastKeyIndex: number;
  step: number;
  categories: Set<string>;
  policies: { request: RequestPolicy | undefined; response: ResponsePolicy | undefined };
  isKeyless: boolean;
  nondeterministicOutput: boolean;
  /** Command tips other than the policies. */
  tips: string[];
  keySpecs: KeySpec[];
  subcommands: CommandReply[];
};

const isText = (value: unknown): boolean => typeof value === 'string' || value instanceof String || Buffer.isBuffer(value);

/** Whether this is a map. A list counts as one if it consists of complete name-value pairs. */
function isMap(raw: unknown): boolean {
  if (!Array.isArray(raw)) return typeof raw === 'object' && !isMissing(raw);
  return raw.length % 2 === 0 && raw.every((item, index) => index % 2 === 1 || isText(item));
}

/** A part of a key specification: its type, and its numbers by name; `NaN` for what is not a number. */
interface SpecPart {
  readonly type: string;
  readonly spec: unknown;
  number(name: string): number;
}

function specPartOf(raw: unknown): SpecPart | undefined {
  const spec = isMap(raw) ? fieldOf(raw, 'spec') : undefined;
  if (!isMap(spec)) return undefined;
  return { type: String(fieldOf(raw, 'type')), spec, number: name => Number(fieldOf(spec, name)) };
}

/** Returns the part of a key specification if all its numbers are integers, else type `unknown`. */
function whole<PART extends { type: string }>(part: PART): PART | { type: 'unknown' } {
  return Object.values(part).every(value => typeof value !== 'number' || Number.isInteger(value)) ? part : { type: 'unknown' };
}

function beginSearchOf(raw: unknown): KeySpec['beginSearch'] {
  const part = specPartOf(raw);
  if (part?.type === 'index') return whole({ type: 'index', index: part.number('index') });
  const keyword = fieldOf(part?.spec, 'keyword');
  if (part?.type !== 'keyword' || !isText(keyword)) return { type: 'unknown' };
  return whole({ type: 'keyword', keyword: String(keyword), startFrom: part.number('startfrom') });
}

function findKeysOf(raw: unknown): KeySpec['findKeys'] {
  const part = specPartOf(raw);
  switch (part?.type) {
    case 'range':
      return whole({
        type: 'range', lastKey: part.number('lastkey'), keyStep: part.number('keystep'), limit: part.number('limit'),
      });
    case 'keynum':
      return whole({
        type: 'keynum', keyNumIdx: part.number('keynumidx'), firstKey: part.number('firstkey'), keyStep: part.number('keystep'),
      });
    default:
      return { type: 'unknown' };
  }
}

type RawCommand = [
  name: unknown, arity: number, flags: Iterable<unknown>, first: number, last: number, step: number, categories: Iterable<unknown>,
  tips: Iterable<unknown>, keySpecs: Iterable<unknown>, subcommands: RawCommand[],
];

const REQUEST = 'request_policy:';
const RESPONSE = 'response_policy:';

/** Returns the last policy that this client knows; newer servers may send others. */
function policyOf<POLICY extends string>(tips: readonly string[], prefix: string, known: readonly POLICY[]): POLICY | undefined {
  return tips.flatMap(tip => known.filter(policy => tip === `${prefix}${policy}`)).at(-1);
}

function toCommand(raw: RawCommand): CommandReply {
  const [name, arity, flags, firstKeyIndex, lastKeyIndex, step, categories, tips, keySpecs, subcommands = []] = raw;
  const allTips = textsOf(tips).filter(tip => !isMissing(tip));
  const allKeySpecs = isMissing(keySpecs) ? [] : Array.from(keySpecs);
  return {
    name: isMissing(name) ? name as unknown as string : String(name),
    arity,
    flags: new Set(textsOf(flags)),
    firstKeyIndex,
    lastKeyIndex,
    step,
    categories: new Set(textsOf(categories)),
    policies: { request: policyOf(allTips, REQUEST, REQUEST_POLICIES), response: policyOf(allTips, RESPONSE, RESPONSE_POLICIES) },
    isKeyless: allKeySpecs.length === 0,
    nondeterministicOutput: allTips.includes('nondeterministic_output'),
    tips: allTips.filter(tip => !tip.startsWith(REQUEST) && !tip.startsWith(RESPONSE)),
    keySpecs: allKeySpecs.map(spec => ({
      beginSearch: beginSearchOf(fieldOf(spec, 'begin_search')), findKeys: findKeysOf(fieldOf(spec, 'find_keys')),
    })),
    subcommands: rowsOf(subcommands, toCommand),
  };
}

/** Reply of COMMAND. */
export const commandInfos = (reply: RawCommand[]): CommandReply[] => rowsOf(reply, toCommand);
/** Reply of COMMAND INFO: null for unknown commands. */
export const commandInfosOrNulls = (reply: (RawCommand | null)[]): (CommandReply | null)[] =>
  rowsOf(reply as RawCommand[], toCommand);

/** Reply of COMMAND GETKEYSANDFLAGS. */
export const keysAndFlags = (
  reply: [BlobStringReply, SetReply<BlobStringReply>][],
): { key: BlobStringReply; flags: SetReply<BlobStringReply> }[] =>
  rowsOf(reply, ([key, flags]) => ({ key, flags }));

/** An argument of a documented command. */
export type CommandDocsArgument = {
  name?: BlobStringReply; type?: BlobStringReply; display_text?: BlobStringReply; key_spec_index?: NumberReply; token?: BlobStringReply;
  summary?: BlobStringReply; since?: BlobStringReply; deprecated_since?: BlobStringReply; flags?: SetReply<BlobStringReply>;
  arguments?: ArrayReply<CommandDocsArgument>;
};

/** The documentation of a command. */
export type CommandDoc = {
  summary?: BlobStringReply; since?: BlobStringReply; group?: BlobStringReply; complexity?: BlobStringReply; module?: BlobStringReply;
  doc_flags?: SetReply<BlobStringReply>; deprecated_since?: BlobStringReply; replaced_by?: BlobStringReply;
  history?: SetReply<TuplesReply<[BlobStringReply, BlobStringReply]>>; arguments?: ArrayReply<CommandDocsArgument>;
  subcommands?: CommandDocsReply; reply_schema?: ReplyUnion;
};

export interface CommandDocsReply extends MapReply<BlobStringReply, CommandDoc> {}

function docsOf(flat: unknown[], typeMapping: TypeMapping | undefined): unknown {
  return rowOf(flat, pairs => mapOfPairs(pairs.map((item, index) => (index % 2 === 0 ? item : docOf(item as unknown[], typeMapping))), typeMapping));
}

/**
 * Converts one documented command or argument. Its contents are converted first, because the type mapping may ask for
 * any container.
 */
function docOf(flat: unknown[], typeMapping: TypeMapping | undefined): unknown {
  if (!Array.isArray(flat)) return flat;
  const converted = flat.slice() as unknown[];
  for (let i = 0; i < flat.length; i += 2) {
    const name = String(flat[i]);
    const value = flat[i + 1] as unknown[];
    if (name === 'arguments') converted[i + 1] = listOf(value, item => docOf(item as unknown[], typeMapping));
    else if (name === 'subcommands') converted[i + 1] = docsOf(value, typeMapping);
  }
  return mapOfPairs(converted, typeMapping);
}

/** Reply of COMMAND DOCS. */
export const commandDocs = {
  2: (reply: unknown[], _preserve?: unknown, typeMapping?: TypeMapping): CommandDocsReply =>
    docsOf(reply, typeMapping) as CommandDocsReply,
  3: asIs<CommandDocsReply>(),
};
