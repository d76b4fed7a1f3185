/** Count-min sketch (RedisBloom). */
import type { CommandParser, RedisArgument } from '../../../wire/command-parser';
import type { NumberReply, RESP_TYPES, RespType } from '../../../wire/resp-types';
import { keyAndMembers, oneKey } from '../../args';
import { command } from '../../command';
import * as reply from '../../replies';
import { keyAndIncrements } from './increments';

/** Options of the commands that make a sketch. */
export interface CmsInitOptions {
  /** Bytes of a counter: 1, 2, 4 or 8. */
  CELL_SIZE?: number;
}

/** A source of `merge` with the factor of its counts. */
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

/** What `CMS.INFO` says. A type of its own, since lists of entries have no optional ones. */
type CmsInfo = RespType<
  RESP_TYPES['MAP'],
  { width: NumberReply; depth: NumberReply; count: NumberReply; 'cell size'?: NumberReply },
  Map<'width' | 'depth' | 'count' | 'cell size', NumberReply> | (string | NumberReply)[]
>;

/** Count-min sketches: https://redis.io/docs/latest/develop/data-types/probabilistic/count-min-sketch/ */
export const cms = {
  /** Adds to the counts of items. Returns their new estimates. https://redis.io/commands/cms.incrby/ */
  incrBy: command('CMS.INCRBY', keyAndIncrements, reply.numbers),
  /** Returns width, depth and the sum of all counts of a sketch; the bytes of a counter where the server knows `CELL_SIZE`. https://redis.io/commands/cms.info/ */
  info: command('CMS.INFO', oneKey, reply.mapOf<CmsInfo>()),
  /** Makes a sketch of `width` counters in `depth` rows. https://redis.io/commands/cms.initbydim/ */
  initByDim: command('CMS.INITBYDIM', (c, key: RedisArgument, width: number, depth: number, options?: CmsInitOptions) =>
    pushInit(c, key, width, depth, options), reply.ok),
  /**
   * Makes a sketch whose estimates are off by at most `error` (a part of the sum of all counts), but for the part `probability`
   * of them. https://redis.io/commands/cms.initbyprob/
   */
  initByProb: command('CMS.INITBYPROB', (c, key: RedisArgument, error: number, probability: number, options?: CmsInitOptions) =>
    pushInit(c, key, error, probability, options), reply.ok),
  /** Merges sketches into an existing one, each with its weight if given. https://redis.io/commands/cms.merge/ */
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
