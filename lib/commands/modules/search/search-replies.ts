/** What FT.SEARCH and FT.PROFILE SEARCH reply: flat lists in RESP2 (and from old servers in RESP3), maps in RESP3. */
import type { BlobStringReply, DoubleReply, TypeMapping } from '../../../wire/resp-types';
import { fieldOf, isMissing, pairsOf } from '../../containers';
import { mappedDouble, setOwn } from '../../replies';
import type { SearchFlags } from './search-options';

/** How a score came about: text, or text and what it consists of. */
export type ScoreExplanation = string | Buffer | ScoreExplanation[];

/** A value of a document; those of JSON documents are parsed, and may be other JSON as well. */
export type SearchDocumentValue = string | number | null | SearchDocumentValues | SearchDocumentValues[];
/** Values by name of a field or of a JSON member. */
export interface SearchDocumentValues {
  [name: string]: SearchDocumentValue;
}

/** A document with what was asked for. */
export interface SearchDocument {
  id: string;
  score?: DoubleReply;
  scoreExplain?: ScoreExplanation;
  payload?: string | Buffer;
  sortKey?: string | Buffer;
  value: SearchDocumentValues;
}

/** Documents of a search; `total` counts those as well that the limit left out. */
export interface SearchReply {
  total: number;
  documents: SearchDocument[];
  /** What the server could not do, such as reading everything in time. RESP3 only. */
  warnings: string[];
}

/** The keys of a search. */
export interface SearchNoContentReply {
  total: number;
  documents: string[];
  warnings: string[];
}

type Described = object & { [name: string]: unknown };

/** Whether a reply is of the flat kind, which begins with a number. (A map that was mapped to an array begins with a name.) */
export function isCounted(reply: unknown): reply is unknown[] {
  return Array.isArray(reply) && reply.length > 0 && (isMissing(reply[0]) || !Number.isNaN(Number(reply[0])));
}

/** What servers call warnings, as strings. */
export function warningsOf(reply: unknown): string[] {
  const warnings = fieldOf(reply, 'warning') ?? fieldOf(reply, 'warnings');
  return Array.isArray(warnings) ? warnings.map(String) : [];
}

/** The members of a JSON document become fields. Text that is no JSON stays what it is. */
function setDocument(target: Record<string, unknown>, json: unknown): void {
  let document: unknown;
  try {
    document = JSON.parse(String(json));
  } catch {
    return setOwn(target, '$', json);
  }
  if (typeof document !== 'object' || document === null) return;
  for (const [name, value] of Object.entries(document)) setOwn(target, name, value);
}

/** Adds the fields of a document to an object. */
export function addFields(value: Record<string, unknown>, fields: unknown): Record<string, unknown> {
  for (const [name, field] of pairsOf(fields)) {
    if (name === '$' && !isMissing(field)) setDocument(value, field);
    else setOwn(value, name, field);
  }
  return value;
}

/** `[text, parts]`; the server leaves an empty list of parts out. */
function toExplanation(raw: unknown): unknown {
  if (!Array.isArray(raw)) return raw;
  const [text, parts] = raw as unknown[];
  return [text, Array.isArray(parts) ? parts.map(toExplanation) : []];
}

/** A score, alone or with its explanation. */
function setScore(document: Described, raw: unknown, typeMapping: TypeMapping | undefined): void {
  const [score, explanation] = Array.isArray(raw) ? (raw as unknown[]) : [raw];
  if (score === null || score === undefined) return;
  document.score = mappedDouble(score as BlobStringReply, typeMapping);
  if (explanation !== undefined) document.scoreExplain = toExplanation(explanation);
}

function setPresent(document: Described, name: string, value: unknown): void {
  if (value !== null && value !== undefined) document[name] = value;
}

/** Whether documents have their fields in a flat reply. */
function hasContent(flags: SearchFlags): boolean {
  return !flags.NOCONTENT && !(Array.isArray(flags.RETURN) && flags.RETURN.length === 0);
}

function documentsOfList(reply: readonly unknown[], flags: SearchFlags, typeMapping: TypeMapping | undefined): Described[] {
  const content = hasContent(flags);
  const documents: Described[] = [];
  for (let i = 1; i < reply.length;) {
    const document: Described = { id: reply[i++] };
    if (flags.WITHSCORES || flags.EXPLAINSCORE) setScore(document, reply[i++], typeMapping);
    if (flags.WITHPAYLOADS) setPresent(document, 'payload', reply[i++]);
    if (flags.WITHSORTKEYS) setPresent(document, 'sortKey', reply[i++]);
    document.value = addFields({}, content ? reply[i++] : undefined);
    documents.push(document);
  }
  return documents;
}

function documentOfMap(raw: unknown, typeMapping: TypeMapping | undefined): Described {
  const id = fieldOf(raw, 'id');
  const document: Described = { id: isMissing(id) ? '' : String(id) };
  setScore(document, fieldOf(raw, 'score'), typeMapping);
  setPresent(document, 'payload', fieldOf(raw, 'payload'));
  setPresent(document, 'sortKey', fieldOf(raw, 'sortkey'));
  document.value = addFields({}, fieldOf(raw, 'extra_attributes'));
  return document;
}

/** The rows of a reply that is a map. */
export function rowsOf(reply: unknown): unknown[] {
  const rows = fieldOf(reply, 'results');
  return Array.isArray(rows) ? rows : [];
}

/** How many results there are, of a reply that is a map. */
export function totalOf(reply: unknown): number {
  return Number(fieldOf(reply, 'total_results') ?? 0);
}

/** FT.SEARCH. */
export const documents = (reply: unknown, flags: SearchFlags, typeMapping?: TypeMapping): SearchReply => {
  const read = isCounted(reply)
    ? { total: reply[0], documents: documentsOfList(reply, flags, typeMapping), warnings: [] }
    : { total: totalOf(reply), documents: rowsOf(reply).map(row => documentOfMap(row, typeMapping)), warnings: warningsOf(reply) };
  return read as unknown as SearchReply;
};

/** FT.SEARCH … NOCONTENT. */
export const documentIds = (reply: unknown, flags: SearchFlags, typeMapping?: TypeMapping): SearchNoContentReply => {
  const { total, documents: found, warnings } = documents(reply, flags, typeMapping);
  return { total, documents: found.map(({ id }) => id), warnings };
};
