/** Replies of FT.SEARCH and FT.PROFILE SEARCH: flat lists in RESP2 (and from old servers in RESP3), maps in RESP3. */
import type { BlobStringReply, DoubleReply, TypeMapping } from '../../../wire/resp-types';
import { fieldOf, isMissing, pairsOf } from '../../containers';
import { mappedDouble, setOwn } from '../../replies';
import type { SearchFlags } from './search-options';

/** How a score was computed: text, or text and the parts of the score. */
export type ScoreExplanation = string | Buffer | ScoreExplanation[];

/** A value of a document. Values of JSON documents are parsed, and may be any JSON. */
export type SearchDocumentValue = string | number | null | SearchDocumentValues | SearchDocumentValues[];
/** Values by the name of a field or of a JSON member. */
export interface SearchDocumentValues {
  [name: string]: SearchDocumentValue;
}

/** A document, with what the options asked for. */
export interface SearchDocument {
  id: string;
  score?: DoubleReply;
  scoreExplain?: ScoreExplanation;
  payload?: string | Buffer;
  sortKey?: string | Buffer;
  value: SearchDocumentValues;
}

/** The documents that a search found; `total` includes those beyond the limit. */
export interface SearchReply {
  total: number;
  documents: SearchDocument[];
  /** Warnings of the server, for example that the timeout was reached. RESP3 only. */
  warnings: string[];
}

/** The keys that a search found. */
export interface SearchNoContentReply {
  total: number;
  documents: string[];
  warnings: string[];
}

type Described = object & { [name: string]: unknown };

/**
 * Whether a reply is a flat list, which begins with a number. (A map that the type mapping turned into an array begins
 * with a name.)
 */
export function isCounted(reply: unknown): reply is unknown[] {
  return Array.isArray(reply) && reply.length > 0 && (isMissing(reply[0]) || !Number.isNaN(Number(reply[0])));
}

/** Returns the server's warnings as strings. */
export function warningsOf(reply: unknown): string[] {
  const warnings = fieldOf(reply, 'warning') ?? fieldOf(reply, 'warnings');
  return Array.isArray(warnings) ? warnings.map(String) : [];
}

/** Copies the members of a JSON document to fields. Text that is not JSON stays a field itself. */
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

/** Copies the fields of a document to an object. */
export function addFields(value: Record<string, unknown>, fields: unknown): Record<string, unknown> {
  for (const [name, field] of pairsOf(fields)) {
    if (name === '$' && !isMissing(field)) setDocument(value, field);
    else setOwn(value, name, field);
  }
  return value;
}

/** Converts `[text, parts]`; the server leaves out an empty list of parts. */
function toExplanation(raw: unknown): unknown {
  if (!Array.isArray(raw)) return raw;
  const [text, parts] = raw as unknown[];
  return [text, Array.isArray(parts) ? parts.map(toExplanation) : []];
}

/** Stores a score, with its explanation if there is one. */
function setScore(document: Described, raw: unknown, typeMapping: TypeMapping | undefined): void {
  const [score, explanation] = Array.isArray(raw) ? (raw as unknown[]) : [raw];
  if (score === null || score === undefined) return;
  document.score = mappedDouble(score as BlobStringReply, typeMapping);
  if (explanation !== undefined) document.scoreExplain = toExplanation(explanation);
}

function setPresent(document: Described, name: string, value: unknown): void {
  if (value !== null && value !== undefined) document[name] = value;
}

/** Whether documents in a flat reply include their fields. */
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

/** Returns the rows of a reply that is a map. */
export function rowsOf(reply: unknown): unknown[] {
  const rows = fieldOf(reply, 'results');
  return Array.isArray(rows) ? rows : [];
}

/** Returns the total number of results of a reply that is a map. */
export function totalOf(reply: unknown): number {
  return Number(fieldOf(reply, 'total_results') ?? 0);
}

/** Reply of FT.SEARCH. */
export const documents = (reply: unknown, flags: SearchFlags, typeMapping?: TypeMapping): SearchReply => {
  const read = isCounted(reply)
    ? { total: reply[0], documents: documentsOfList(reply, flags, typeMapping), warnings: [] }
    : { total: totalOf(reply), documents: rowsOf(reply).map(row => documentOfMap(row, typeMapping)), warnings: warningsOf(reply) };
  return read as unknown as SearchReply;
};

/** Reply of FT.SEARCH … NOCONTENT. */
export const documentIds = (reply: unknown, flags: SearchFlags, typeMapping?: TypeMapping): SearchNoContentReply => {
  const { total, documents: found, warnings } = documents(reply, flags, typeMapping);
  return { total, documents: found.map(({ id }) => id), warnings };
};
