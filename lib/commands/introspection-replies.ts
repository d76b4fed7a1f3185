// What COMMAND and its kin answer with.
import type {
  ArrayReply, BlobStringReply, MapReply, NumberReply, ReplyUnion, SetReply, TuplesReply, TypeMapping,
} from '../wire/resp-types';
import { fieldOf } from './containers';
import type { RequestPolicy, ResponsePolicy } from './metadata';
import { asIs, mapOfPairs } from './replies';

/** Where keys are among the arguments of a command. */
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
  /** Number of words, the name included; negative: at least so many. */
  arity: number;
  flags: Set<string>;
  firstKeyIndex: number;
  lastKeyIndex: number;
  step: number;
  categories: Set<string>;
  policies: { request: RequestPolicy | undefined; response: ResponsePolicy | undefined };
  isKeyless: boolean;
  nondeterministicOutput: boolean;
  /** Tips other than the policies. */
  tips: string[];
  keySpecs: KeySpec[];
  subcommands: CommandReply[];
};

const numberOf = (container: unknown, name: string): number => Number(fieldOf(container, name));

function beginSearchOf(raw: unknown): KeySpec['beginSearch'] {
  const spec = fieldOf(raw, 'spec');
  switch (String(fieldOf(raw, 'type'))) {
    case 'index':
      return { type: 'index', index: numberOf(spec, 'index') };
    case 'keyword':
      return { type: 'keyword', keyword: String(fieldOf(spec, 'keyword')), startFrom: numberOf(spec, 'startfrom') };
    default:
      return { type: 'unknown' };
  }
}

function findKeysOf(raw: unknown): KeySpec['findKeys'] {
  const spec = fieldOf(raw, 'spec');
  switch (String(fieldOf(raw, 'type'))) {
    case 'range':
      return {
        type: 'range', lastKey: numberOf(spec, 'lastkey'), keyStep: numberOf(spec, 'keystep'), limit: numberOf(spec, 'limit'),
      };
    case 'keynum':
      return {
        type: 'keynum', keyNumIdx: numberOf(spec, 'keynumidx'), firstKey: numberOf(spec, 'firstkey'),
        keyStep: numberOf(spec, 'keystep'),
      };
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

function toCommand(raw: RawCommand): CommandReply {
  const [name, arity, flags, firstKeyIndex, lastKeyIndex, step, categories, tips = [], keySpecs = [], subcommands = []] = raw;
  const allTips = Array.from(tips, String);
  const allKeySpecs = Array.from(keySpecs);
  const policy = (prefix: string): string | undefined => allTips.find(tip => tip.startsWith(prefix))?.slice(prefix.length);
  return {
    name: String(name),
    arity,
    flags: new Set(Array.from(flags, String)),
    firstKeyIndex,
    lastKeyIndex,
    step,
    categories: new Set(Array.from(categories, String)),
    policies: { request: policy(REQUEST) as RequestPolicy | undefined, response: policy(RESPONSE) as ResponsePolicy | undefined },
    isKeyless: allKeySpecs.length === 0,
    nondeterministicOutput: allTips.includes('nondeterministic_output'),
    tips: allTips.filter(tip => !tip.startsWith(REQUEST) && !tip.startsWith(RESPONSE)),
    keySpecs: allKeySpecs.map(spec => ({
      beginSearch: beginSearchOf(fieldOf(spec, 'begin_search')), findKeys: findKeysOf(fieldOf(spec, 'find_keys')),
    })),
    subcommands: subcommands.map(toCommand),
  };
}

/** COMMAND. */
export const commandInfos = (reply: RawCommand[]): CommandReply[] => reply.map(toCommand);
/** COMMAND INFO: null for unknown commands. */
export const commandInfosOrNulls = (reply: (RawCommand | null)[]): (CommandReply | null)[] =>
  reply.map(raw => (raw === null ? null : toCommand(raw)));

/** COMMAND GETKEYSANDFLAGS. */
export const keysAndFlags = (
  reply: [BlobStringReply, SetReply<BlobStringReply>][],
): { key: BlobStringReply; flags: SetReply<BlobStringReply> }[] => reply.map(([key, flags]) => ({ key, flags }));

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
  return mapOfPairs(flat.map((item, index) => (index % 2 === 0 ? item : docOf(item as unknown[], typeMapping))), typeMapping);
}

/** One documented command or argument; what is inside is converted first, because any container may be wanted. */
function docOf(flat: unknown[], typeMapping: TypeMapping | undefined): unknown {
  const converted = flat.slice();
  for (let i = 0; i < flat.length; i += 2) {
    const name = String(flat[i]);
    const value = flat[i + 1] as unknown[];
    if (name === 'arguments') converted[i + 1] = value.map(item => docOf(item as unknown[], typeMapping));
    else if (name === 'subcommands') converted[i + 1] = docsOf(value, typeMapping);
  }
  return mapOfPairs(converted, typeMapping);
}

/** COMMAND DOCS. */
export const commandDocs = {
  2: (reply: unknown[], _preserve?: unknown, typeMapping?: TypeMapping): CommandDocsReply =>
    docsOf(reply, typeMapping) as CommandDocsReply,
  3: asIs<CommandDocsReply>(),
};
