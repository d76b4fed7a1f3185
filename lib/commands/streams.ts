import type { CommandParser, RedisArgument, RedisVariadicArgument } from '../wire/command-parser';
import type { ArrayReply } from '../wire/resp-types';
import { oneKey, pushOption } from './args';
import { command } from './command';
import * as reply from './replies';
import * as stream from './stream-replies';

/**
 * What happens to references in consumer groups when messages are deleted: keep them, delete them, or delete only
 * messages that all groups have acknowledged.
 */
export type StreamDeletionPolicy = 'KEEPREF' | 'DELREF' | 'ACKED';

/** Result for each id: -1 not found, 1 deleted, 2 kept because a group still refers to it. */
export type StreamDeletionReplyCode = -1 | 1 | 2;

export const deletions = reply.asIs<ArrayReply<StreamDeletionReplyCode>>();

export interface XAddOptions {
  policy?: StreamDeletionPolicy;
  /** Add this message of the producer only once, recognised by its content. */
  IDMPAUTO?: { pid: RedisArgument };
  /** Add this message of the producer only once, recognised by its id `iid`. */
  IDMP?: { pid: RedisArgument; iid: RedisArgument };
  /** Remove old messages. */
  TRIM?: {
    strategy: 'MAXLEN' | 'MINID';
    /** `~` trims only as much as the server can do efficiently. */
    strategyModifier?: '=' | '~';
    threshold: number;
    /** Maximum number of messages to remove; only with `~`. */
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
  /** Read messages after this id; `$` means only new ones. */
  id: RedisArgument;
}

export type XReadStreams = XReadStream[] | XReadStream;

export interface XReadOptions {
  /** Maximum number of messages per stream. */
  COUNT?: number;
  /** Maximum number of messages in total. */
  MAXCOUNT?: number;
  /** Maximum size of the messages in bytes. */
  MAXSIZE?: number;
  /** How long to wait for messages, in milliseconds; 0 means forever. */
  BLOCK?: number;
}

/** Pushes `[COUNT n] [MAXCOUNT n] [MAXSIZE n] [BLOCK ms]`. */
export function pushReadOptions(c: CommandParser, options: XReadOptions | undefined): void {
  pushOption(c, 'COUNT', options?.COUNT);
  pushOption(c, 'MAXCOUNT', options?.MAXCOUNT);
  pushOption(c, 'MAXSIZE', options?.MAXSIZE);
  pushOption(c, 'BLOCK', options?.BLOCK);
}

/** Pushes `STREAMS key … id …`. */
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
  /** How long producers' message ids are remembered, in seconds. */
  IDMP_DURATION?: number;
  /** How many message ids are remembered per producer. */
  IDMP_MAXSIZE?: number;
}

export const streams = {
  /** Appends a message to a stream and returns its id; with id `'*'` the server generates one. */
  xAdd: command('XADD', (
    c, key: RedisArgument, id: RedisArgument, message: Record<string, RedisArgument>, options?: XAddOptions,
  ) => {
    c.pushKey(key);
    pushMessage(c, id, message, options);
  }, reply.blob),
  /** Like xAdd, but only if the stream exists; null if it does not. */
  xAddNoMkStream: command('XADD', (
    c, key: RedisArgument, id: RedisArgument, message: Record<string, RedisArgument>, options?: XAddOptions,
  ) => {
    c.pushKey(key);
    c.push('NOMKSTREAM');
    pushMessage(c, id, message, options);
  }, reply.blobOrNull, { upper: 'XADD_NOMKSTREAM' }),
  /** Sets how long a stream recognises repeated messages of producers, and how many it remembers. */
  xCfgSet: command('XCFGSET', (c, key: RedisArgument, options?: XCfgSetOptions) => {
    c.pushKey(key);
    pushOption(c, 'IDMP-DURATION', options?.IDMP_DURATION);
    pushOption(c, 'IDMP-MAXSIZE', options?.IDMP_MAXSIZE);
  }, reply.ok),
  /** Deletes messages and returns the number of messages deleted. */
  xDel: command('XDEL', (c, key: RedisArgument, id: RedisVariadicArgument) => {
    c.pushKey(key);
    c.pushVariadic(id);
  }, reply.number),
  /** Deletes messages, with a policy for references in consumer groups. Returns one code per id. */
  xDelEx: command('XDELEX', (c, key: RedisArgument, id: RedisVariadicArgument, policy?: StreamDeletionPolicy) => {
    c.pushKey(key);
    if (policy) c.push(policy);
    c.push('IDS');
    c.pushVariadicWithLength(id);
  }, deletions),
  /** Returns information about the consumers of a group as an array of objects. */
  xInfoConsumers: command('XINFO CONSUMERS', (c, key: RedisArgument, group: RedisArgument) => {
    c.pushKey(key);
    c.push(group);
  }, stream.consumers),
  /** Returns information about the consumer groups of a stream as an array of objects. */
  xInfoGroups: command('XINFO GROUPS', oneKey, stream.groups),
  /** Describes a stream: returns its length, ids, groups, and first and last message. */
  xInfoStream: command('XINFO STREAM', oneKey, stream.streamInfo),
  /** Returns the number of messages of a stream. */
  xLen: command('XLEN', oneKey, reply.number),
  /** Returns the messages between two ids (`-` and `+` are the ends of the stream): `[{id, message}]`. */
  xRange: command('XRANGE', pushRange, stream.messages),
  /**
   * Reads messages of one or more streams after the given ids. Returns `[{name, messages}]`, null if there are none.
   */
  xRead: command('XREAD', (c, streams: XReadStreams, options?: XReadOptions) => {
    pushReadOptions(c, options);
    pushStreams(c, streams);
  }, stream.streams),
  /** Returns the messages between two ids, newest first; `start` is the higher id. */
  xRevRange: command('XREVRANGE', pushRange, stream.messages),
  /** Sets the last id of a stream. */
  xSetId: command('XSETID', (c, key: RedisArgument, lastId: RedisArgument, options?: XSetIdOptions) => {
    c.pushKey(key);
    c.push(lastId);
    pushOption(c, 'ENTRIESADDED', options?.ENTRIESADDED);
    if (options?.MAXDELETEDID) c.push('MAXDELETEDID', options.MAXDELETEDID);
  }, reply.ok),
  /** Removes old messages and returns their number. */
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
