import type { CommandParser, RedisArgument, RedisVariadicArgument } from '../wire/command-parser';
import type { ArrayReply } from '../wire/resp-types';
import { oneKey, pushOption } from './args';
import { command } from './command';
import * as reply from './replies';
import * as stream from './stream-replies';

/** What happens to references in consumer groups when messages are removed. */
export type StreamDeletionPolicy = 'KEEPREF' | 'DELREF' | 'ACKED';

/** Per id: -1 not found, 1 deleted, 2 kept because of references. */
export type StreamDeletionReplyCode = -1 | 1 | 2;

export const deletions = reply.asIs<ArrayReply<StreamDeletionReplyCode>>();

export interface XAddOptions {
  policy?: StreamDeletionPolicy;
  /** Add a message of this producer only once, recognised by its content. */
  IDMPAUTO?: { pid: RedisArgument };
  /** Add a message of this producer with this id only once. */
  IDMP?: { pid: RedisArgument; iid: RedisArgument };
  /** Remove old messages. */
  TRIM?: {
    strategy: 'MAXLEN' | 'MINID';
    /** `~` trims only when it is cheap. */
    strategyModifier?: '=' | '~';
    threshold: number;
    /** How many messages are removed at most; only with `~`. */
    limit?: number;
    policy?: StreamDeletionPolicy;
  };
}

function pushTrim(c: CommandParser, trim: NonNullable<XAddOptions['TRIM']>): void {
  c.push(trim.strategy);
  if (trim.strategyModifier) c.push(trim.strategyModifier);
  c.push(trim.threshold.toString());
  pushOption(c, 'LIMIT', trim.limit);
  if (trim.policy) c.push(trim.policy);
}

function pushMessage(
  c: CommandParser, id: RedisArgument, message: Record<string, RedisArgument>, options: XAddOptions | undefined,
): void {
  if (options?.policy) c.push(options.policy);
  if (options?.IDMPAUTO) c.push('IDMPAUTO', options.IDMPAUTO.pid);
  else if (options?.IDMP) c.push('IDMP', options.IDMP.pid, options.IDMP.iid);
  if (options?.TRIM) pushTrim(c, options.TRIM);
  c.push(id);
  for (const field of Object.keys(message)) c.push(field, message[field]);
}

export interface XReadStream {
  key: RedisArgument;
  /** Read after this id; `$` only new messages. */
  id: RedisArgument;
}

export type XReadStreams = XReadStream[] | XReadStream;

export interface XReadOptions {
  /** Messages per stream at most. */
  COUNT?: number;
  /** Messages at most. */
  MAXCOUNT?: number;
  /** Bytes at most. */
  MAXSIZE?: number;
  /** Milliseconds to wait for messages, 0 for ever. */
  BLOCK?: number;
}

/** `[COUNT n] [MAXCOUNT n] [MAXSIZE n] [BLOCK ms]` */
export function pushReadOptions(c: CommandParser, options: XReadOptions | undefined): void {
  pushOption(c, 'COUNT', options?.COUNT);
  pushOption(c, 'MAXCOUNT', options?.MAXCOUNT);
  pushOption(c, 'MAXSIZE', options?.MAXSIZE);
  pushOption(c, 'BLOCK', options?.BLOCK);
}

/** `STREAMS key … id …` */
export function pushStreams(c: CommandParser, streams: XReadStreams): void {
  c.push('STREAMS');
  const list = Array.isArray(streams) ? streams : [streams];
  for (const stream of list) c.pushKey(stream.key);
  for (const stream of list) c.push(stream.id);
}

export interface XRangeOptions {
  COUNT?: number;
}

function pushRange(c: CommandParser, key: RedisArgument, start: RedisArgument, end: RedisArgument, options?: XRangeOptions): void {
  c.pushKey(key);
  c.push(start, end);
  pushOption(c, 'COUNT', options?.COUNT);
}

export type XTrimOptions =
  | { strategyModifier?: '='; policy?: StreamDeletionPolicy }
  | { strategyModifier: '~'; LIMIT?: number; policy?: StreamDeletionPolicy };

export interface XSetIdOptions {
  ENTRIESADDED?: number;
  MAXDELETEDID?: RedisArgument;
}

export interface XCfgSetOptions {
  /** Seconds for which message ids of producers are remembered. */
  IDMP_DURATION?: number;
  /** How many of them are remembered. */
  IDMP_MAXSIZE?: number;
}

export const streams = {
  /** Appends a message to a stream (`id` `'*'` lets the server choose) and returns its id. */
  xAdd: command('XADD', (
    c, key: RedisArgument, id: RedisArgument, message: Record<string, RedisArgument>, options?: XAddOptions,
  ) => {
    c.pushKey(key);
    pushMessage(c, id, message, options);
  }, reply.blob),
  /** xAdd, if the stream exists; null otherwise. */
  xAddNoMkStream: command('XADD', (
    c, key: RedisArgument, id: RedisArgument, message: Record<string, RedisArgument>, options?: XAddOptions,
  ) => {
    c.pushKey(key);
    c.push('NOMKSTREAM');
    pushMessage(c, id, message, options);
  }, reply.blobOrNull, { upper: 'XADD_NOMKSTREAM' }),
  /** Sets for how long a stream recognises repeated messages of producers. */
  xCfgSet: command('XCFGSET', (c, key: RedisArgument, options?: XCfgSetOptions) => {
    c.pushKey(key);
    pushOption(c, 'IDMP-DURATION', options?.IDMP_DURATION);
    pushOption(c, 'IDMP-MAXSIZE', options?.IDMP_MAXSIZE);
  }, reply.ok),
  /** Deletes messages and gives the number of those that existed. */
  xDel: command('XDEL', (c, key: RedisArgument, id: RedisVariadicArgument) => {
    c.pushKey(key);
    c.pushVariadic(id);
  }, reply.number),
  /** Deletes messages, saying what happens to references in groups; one code per id. */
  xDelEx: command('XDELEX', (c, key: RedisArgument, id: RedisVariadicArgument, policy?: StreamDeletionPolicy) => {
    c.pushKey(key);
    if (policy) c.push(policy);
    c.push('IDS');
    c.pushVariadicWithLength(id);
  }, deletions),
  /** Describes the consumers of a group. */
  xInfoConsumers: command('XINFO CONSUMERS', (c, key: RedisArgument, group: RedisArgument) => {
    c.pushKey(key);
    c.push(group);
  }, stream.consumers),
  /** Describes the consumer groups of a stream. */
  xInfoGroups: command('XINFO GROUPS', oneKey, stream.groups),
  /** Describes a stream. */
  xInfoStream: command('XINFO STREAM', oneKey, stream.streamInfo),
  /** Counts the messages of a stream. */
  xLen: command('XLEN', oneKey, reply.number),
  /** Returns the messages between two ids (`-` and `+` are the ends): `[{id, message}]`. */
  xRange: command('XRANGE', pushRange, stream.messages),
  /** Reads messages of streams after the given ids: `[{name, messages}]`, null if there are none. */
  xRead: command('XREAD', (c, streams: XReadStreams, options?: XReadOptions) => {
    pushReadOptions(c, options);
    pushStreams(c, streams);
  }, stream.streams),
  /** Returns the messages between two ids, newest first; `start` is the higher one. */
  xRevRange: command('XREVRANGE', pushRange, stream.messages),
  /** Sets the last id of a stream. */
  xSetId: command('XSETID', (c, key: RedisArgument, lastId: RedisArgument, options?: XSetIdOptions) => {
    c.pushKey(key);
    c.push(lastId);
    pushOption(c, 'ENTRIESADDED', options?.ENTRIESADDED);
    if (options?.MAXDELETEDID) c.push('MAXDELETEDID', options.MAXDELETEDID);
  }, reply.ok),
  /** Removes old messages and gives their number. */
  xTrim: command('XTRIM', (
    c, key: RedisArgument, strategy: 'MAXLEN' | 'MINID', threshold: number | string, options?: XTrimOptions,
  ) => {
    c.pushKey(key);
    c.push(strategy);
    if (options?.strategyModifier !== undefined) c.push(options.strategyModifier);
    c.push(threshold.toString());
    if (options?.strategyModifier === '~' && options.LIMIT !== undefined) c.push('LIMIT', options.LIMIT.toString());
    if (options?.policy) c.push(options.policy);
  }, reply.number),
};
