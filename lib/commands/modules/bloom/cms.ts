/** Count-min sketch (RedisBloom). */
import type { CommandParser, RedisArgument } from '../../../wire/command-parser';
import type { NumberReply, RESP_TYPES, RespType } from '../../../wire/resp-types';
import { keyAndMembers, oneKey } from '../../args';
import { command } from '../../command';
import * as reply from '../../replies';
import { keyAndIncrements } from './increments';

/** Options of the commands that create a sketch. */
export interface CmsInitOptions {
  /** Bytes per counter: 1, 2, 4 or 8. */
  CELL_SIZE?: number;
}

/** A source of `merge`, with the factor that its counts are multiplied by. */
export interface CmsWeightedSource {
  name: RedisArgument;
  weight: number;
}

function pushInit(c: CommandParser, key: RedisArgument, first: number, second: number, options?: CmsInitOptions): void {
  c.pushKey(key);
  c.push(first.toString(), second.toString());
  if (options?.CELL_SIZE) c.push('CELL_SIZE', options.CELL_SIZE.toString());
}

function isWeighted(sources: RedisArgument[] | CmsWeightedSource[]): sources is CmsWeightedSource[] {
  const [first] = sources;
  return typeof first !== 'string' && !Buffer.isBuffer(first);
}

/** Reply of `CMS.INFO`. Declared separately, because `TuplesToMapReply` has no optional entries. */
type CmsInfo = RespType<
  RESP_TYPES['MAP'],
  { width: NumberReply; depth: NumberReply; count: NumberReply; 'cell size'?: NumberReply },
  Map<'width' | 'depth' | 'count' | 'cell size', NumberReply> | (string | NumberReply)[]
>;

/** Count-min sketches: https://redis.io/docs/latest/develop/data-types/probabilistic/count-min-sketch/ */
export const cms = {
  /** Increments the counts of items. Returns their new estimated counts. https://redis.io/commands/cms.incrby/ */
  incrBy: command('CMS.INCRBY', keyAndIncrements, reply.numbers),
  /**
   * Returns width, depth and the sum of all counts of a sketch, and the bytes per counter if the server supports
   * `CELL_SIZE`. https://redis.io/commands/cms.info/
   */
  info: command('CMS.INFO', oneKey, reply.mapOf<CmsInfo>()),
  /** Creates a sketch with `depth` rows of `width` counters. https://redis.io/commands/cms.initbydim/ */
  initByDim: command('CMS.INITBYDIM', (c, key: RedisArgument, width: number, depth: number, options?: CmsInitOptions) =>
    pushInit(c, key, width, depth, options), reply.ok),
  /**
   * Creates a sketch whose estimates exceed the true count by at most `error` (a fraction of the sum of all counts),
   * except with the given `probability`. https://redis.io/commands/cms.initbyprob/
   */
  initByProb: command('CMS.INITBYPROB', (c, key: RedisArgument, error: number, probability: number, options?: CmsInitOptions) =>
    pushInit(c, key, error, probability, options), reply.ok),
  /**
   * Merges sketches into an existing one, multiplied by their weights if given. https://redis.io/commands/cms.merge/
   */
  merge: command('CMS.MERGE', (c, destination: RedisArgument, source: RedisArgument[] | CmsWeightedSource[]) => {
    c.pushKey(destination);
    c.push(source.length.toString());
    if (!isWeighted(source)) return c.pushVariadic(source);
    for (const { name } of source) c.push(name);
    c.push('WEIGHTS');
    for (const { weight } of source) c.push(weight.toString());
  }, reply.ok),
  /** Returns the estimated counts of items. https://redis.io/commands/cms.query/ */
  query: command('CMS.QUERY', keyAndMembers, reply.numbers),
};
