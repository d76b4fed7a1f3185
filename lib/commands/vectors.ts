import type { CommandParser, RedisArgument } from '../wire/command-parser';
import type { ArrayReply, BlobStringReply, NullReply } from '../wire/resp-types';
import { doubleArgument, keyAndMember, oneKey, pushOption } from './args';
import { command } from './command';
import * as reply from './replies';
import * as vector from './vector-replies';

export interface VAddOptions {
  /** Reduce the vector to this many dimensions. */
  REDUCE?: number;
  /** Search for neighbours in a background thread of the server. */
  CAS?: boolean;
  /** How components are stored. */
  QUANT?: 'NOQUANT' | 'BIN' | 'Q8';
  /** Effort of the search for neighbours (exploration factor). */
  EF?: number;
  /** Attributes, stored as JSON. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- any value that JSON.stringify accepts
  SETATTR?: Record<string, any>;
  /** Maximum number of neighbours per element. */
  M?: number;
}

export interface VSimOptions {
  /** Maximum number of elements; the server's default is 10. */
  COUNT?: number;
  /** Maximum distance, 0 to 1. */
  EPSILON?: number;
  /** Effort of the search (exploration factor). */
  EF?: number;
  /** Filter expression over attributes. */
  FILTER?: string;
  /** Effort of filtering: the number of candidates to check. */
  'FILTER-EF'?: number;
  /** Compare with every element (exact linear scan). */
  TRUTH?: boolean;
  /** Search in the main thread of the server. */
  NOTHREAD?: boolean;
}

function pushVector(c: CommandParser, components: number[]): void {
  c.push('VALUES', components.length.toString());
  for (const component of components) c.push(doubleArgument(component));
}

function pushAdd(c: CommandParser, key: RedisArgument, components: number[], element: RedisArgument, options?: VAddOptions): void {
  c.pushKey(key);
  pushOption(c, 'REDUCE', options?.REDUCE);
  pushVector(c, components);
  c.push(element);
  if (options?.CAS) c.push('CAS');
  if (options?.QUANT) c.push(options.QUANT);
  pushOption(c, 'EF', options?.EF);
  if (options?.SETATTR) c.push('SETATTR', JSON.stringify(options.SETATTR));
  pushOption(c, 'M', options?.M);
}

function pushSearch(c: CommandParser, key: RedisArgument, query: RedisArgument | number[], options?: VSimOptions): void {
  c.pushKey(key);
  if (Array.isArray(query)) pushVector(c, query);
  else c.push('ELE', query);
  pushOption(c, 'COUNT', options?.COUNT);
  pushOption(c, 'EPSILON', options?.EPSILON);
  pushOption(c, 'EF', options?.EF);
  if (options?.FILTER) c.push('FILTER', options.FILTER);
  pushOption(c, 'FILTER-EF', options?.['FILTER-EF']);
  if (options?.TRUTH) c.push('TRUTH');
  if (options?.NOTHREAD) c.push('NOTHREAD');
}

const keyAndElement = (c: CommandParser, key: RedisArgument, element: RedisArgument): void => keyAndMember(c, key, element);

export const vectors = {
  /** Adds an element with its vector, or updates its vector. Returns true if the element is new. */
  vAdd: command('VADD', pushAdd, reply.boolean),
  /** Returns the number of elements of a vector set. */
  vCard: command('VCARD', oneKey, reply.number),
  /** Returns the number of dimensions of a vector set. */
  vDim: command('VDIM', oneKey, reply.number),
  /** Returns the vector of an element. */
  vEmb: command('VEMB', keyAndElement, vector.components),
  /** Returns the vector of an element in the server's internal format. */
  vEmbRaw: command('VEMB', (c, key: RedisArgument, element: RedisArgument) => {
    keyAndElement(c, key, element);
    c.push('RAW');
  }, vector.rawVector, { upper: 'VEMB_RAW' }),
  /** Returns the attributes of an element, parsed as JSON; null if it has none. */
  vGetAttr: command('VGETATTR', keyAndElement, vector.json),
  /** Returns information about a vector set as an object. */
  vInfo: command('VINFO', oneKey, vector.vectorInfo),
  /** Returns the neighbours of an element, one array per layer. */
  vLinks: command('VLINKS', keyAndElement, reply.asIs<ArrayReply<ArrayReply<BlobStringReply>>>()),
  /** Like vLinks, with similarity scores: `[{element: score}]`, one object per layer. */
  vLinksWithScores: command('VLINKS', (c, key: RedisArgument, element: RedisArgument) => {
    keyAndElement(c, key, element);
    c.push('WITHSCORES');
  }, vector.layersOfScores, { upper: 'VLINKS_WITHSCORES' }),
  /** Returns a random element (null if there is none), or an array of several if a count is given. */
  vRandMember: command('VRANDMEMBER', (c, key: RedisArgument, count?: number) => {
    c.pushKey(key);
    if (count !== undefined) c.push(count.toString());
  }, reply.asIs<BlobStringReply | ArrayReply<BlobStringReply> | NullReply>()),
  /** Returns the elements between two lexicographical bounds (`[a`, `(a`, `-`, `+`). */
  vRange: command('VRANGE', (c, key: RedisArgument, start: RedisArgument, end: RedisArgument, count?: number) => {
    c.pushKey(key);
    c.push(start, end);
    if (count !== undefined) c.push(count.toString());
  }, reply.blobs),
  /** Removes an element. Returns true if it existed. */
  vRem: command('VREM', keyAndElement, reply.boolean),
  /** Sets the attributes of an element, given as JSON text or as an object. Returns true if the element exists. */
  vSetAttr: command('VSETATTR', (
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- any value that JSON.stringify accepts
    c, key: RedisArgument, element: RedisArgument, attributes: RedisArgument | Record<string, any>,
  ) => {
    c.pushKey(key);
    c.push(element);
    if (typeof attributes === 'object' && !Buffer.isBuffer(attributes)) c.push(JSON.stringify(attributes));
    else c.push(attributes);
  }, reply.boolean),
  /** Returns the elements that are most similar to an element or a vector, best first. */
  vSim: command('VSIM', pushSearch, reply.blobs),
  /** Like vSim, with similarity scores: `{element: score}`. */
  vSimWithScores: command('VSIM', (c, key: RedisArgument, query: RedisArgument | number[], options?: VSimOptions) => {
    pushSearch(c, key, query, options);
    c.push('WITHSCORES');
  }, vector.scores, { upper: 'VSIM_WITHSCORES' }),
};
