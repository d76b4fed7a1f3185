import type { RedisArgument, RedisVariadicArgument, CommandParser } from '../wire/command-parser';
import { isDate } from '../wire/realms';
import { pushOption } from './args';
import { command } from './command';
import * as reply from './replies';
import * as stream from './stream-replies';
import {
  deletions, pushReadOptions, pushStreams, type StreamDeletionPolicy, type XReadOptions, type XReadStreams,
} from './streams';

export interface XGroupCreateOptions {
  /** Create the stream if there is none. */
  MKSTREAM?: boolean;
  /** The number of messages that the group counts as read. */
  ENTRIESREAD?: number;
}

export interface XGroupSetIdOptions {
  ENTRIESREAD?: number;
}

export interface XReadGroupOptions extends XReadOptions {
  /** Do not add the messages to the list of pending ones. */
  NOACK?: boolean;
  /** Also claim messages that have been pending for at least this many milliseconds. */
  CLAIM?: number;
}

export interface XPendingRangeOptions {
  /** Only messages that have been idle for at least this many milliseconds. */
  IDLE?: number;
  consumer?: RedisArgument;
}

export interface XClaimOptions {
  /** Idle time to set for the messages, in milliseconds. */
  IDLE?: number;
  /** Time of the last delivery to set for the messages: Unix time in milliseconds or a Date. */
  TIME?: number | Date;
  /** Delivery count to set for the messages. */
  RETRYCOUNT?: number;
  /** Also claim messages that are not pending for any consumer. */
  FORCE?: boolean;
  LASTID?: RedisArgument;
}

function pushClaim(
  c: CommandParser, key: RedisArgument, group: RedisArgument, consumer: RedisArgument, minIdleTime: number,
  id: RedisVariadicArgument, options?: XClaimOptions,
): void {
  c.pushKey(key);
  c.push(group, consumer, minIdleTime.toString());
  c.pushVariadic(id);
  if (!options) return;
  pushOption(c, 'IDLE', options.IDLE);
  const { TIME } = options;
  if (TIME !== undefined) c.push('TIME', (isDate(TIME) ? TIME.getTime() : TIME).toString());
  pushOption(c, 'RETRYCOUNT', options.RETRYCOUNT);
  if (options.FORCE) c.push('FORCE');
  if (options.LASTID !== undefined) c.push('LASTID', options.LASTID);
}

export interface XAutoClaimOptions {
  COUNT?: number;
}

function pushAutoClaim(
  c: CommandParser, key: RedisArgument, group: RedisArgument, consumer: RedisArgument, minIdleTime: number, start: RedisArgument,
  options?: XAutoClaimOptions,
): void {
  c.pushKey(key);
  c.push(group, consumer, minIdleTime.toString(), start);
  if (options?.COUNT) c.push('COUNT', options.COUNT.toString());
}

/**
 * Why a message is given back: its consumer shuts down (`SILENT`), failed (`FAIL`), or cannot process it at all
 * (`FATAL`).
 */
export type XNackMode = 'SILENT' | 'FAIL' | 'FATAL';

export interface XNackOptions {
  RETRYCOUNT?: number;
  FORCE?: boolean;
}

const keyAndGroup = (c: CommandParser, key: RedisArgument, group: RedisArgument): void => {
  c.pushKey(key);
  c.push(group);
};
const keyGroupAndConsumer = (c: CommandParser, key: RedisArgument, group: RedisArgument, consumer: RedisArgument): void => {
  c.pushKey(key);
  c.push(group, consumer);
};

export const streamGroups = {
  /** Acknowledges messages of a group and returns how many of them were pending. */
  xAck: command('XACK', (c, key: RedisArgument, group: RedisArgument, id: RedisVariadicArgument) => {
    c.pushKey(key);
    c.push(group);
    c.pushVariadic(id);
  }, reply.number),
  /** Acknowledges messages and deletes them. Returns one code per id. */
  xAckDel: command('XACKDEL', (
    c, key: RedisArgument, group: RedisArgument, id: RedisVariadicArgument, policy?: StreamDeletionPolicy,
  ) => {
    c.pushKey(key);
    c.push(group);
    if (policy) c.push(policy);
    c.push('IDS');
    c.pushVariadicWithLength(id);
  }, deletions),
  /**
   * Claims messages that have been pending for at least `minIdleTime` ms, starting at an id. Returns `{nextId,
   * messages, deletedMessages}`.
   */
  xAutoClaim: command('XAUTOCLAIM', pushAutoClaim, stream.autoClaimed),
  /** Like xAutoClaim, but returns only the ids of messages. */
  xAutoClaimJustId: command('XAUTOCLAIM', (
    c, key: RedisArgument, group: RedisArgument, consumer: RedisArgument, minIdleTime: number, start: RedisArgument,
    options?: XAutoClaimOptions,
  ) => {
    pushAutoClaim(c, key, group, consumer, minIdleTime, start, options);
    c.push('JUSTID');
  }, stream.autoClaimedIds, { upper: 'XAUTOCLAIM_JUSTID' }),
  /** Claims the given messages if they have been pending for at least `minIdleTime` ms, and returns them. */
  xClaim: command('XCLAIM', pushClaim, stream.claimed),
  /** Like xClaim, but returns only ids. */
  xClaimJustId: command('XCLAIM', (
    c, key: RedisArgument, group: RedisArgument, consumer: RedisArgument, minIdleTime: number, id: RedisVariadicArgument,
    options?: XClaimOptions,
  ) => {
    pushClaim(c, key, group, consumer, minIdleTime, id, options);
    c.push('JUSTID');
  }, reply.blobs, { upper: 'XCLAIM_JUSTID' }),
  /** Creates a consumer group that reads messages after an id; `$` means only new ones. */
  xGroupCreate: command('XGROUP CREATE', (
    c, key: RedisArgument, group: RedisArgument, id: RedisArgument, options?: XGroupCreateOptions,
  ) => {
    c.pushKey(key);
    c.push(group, id);
    if (options?.MKSTREAM) c.push('MKSTREAM');
    pushOption(c, 'ENTRIESREAD', options?.ENTRIESREAD);
  }, reply.ok),
  /** Creates a consumer. Returns 1, or 0 if it already exists. */
  xGroupCreateConsumer: command('XGROUP CREATECONSUMER', keyGroupAndConsumer, reply.number),
  /** Deletes a consumer and returns the number of messages that were pending for it. */
  xGroupDelConsumer: command('XGROUP DELCONSUMER', keyGroupAndConsumer, reply.number),
  /** Deletes a consumer group. Returns 1, or 0 if there is none. */
  xGroupDestroy: command('XGROUP DESTROY', keyAndGroup, reply.number),
  /** Sets the id after which a group continues to read. */
  xGroupSetId: command('XGROUP SETID', (
    c, key: RedisArgument, group: RedisArgument, id: RedisArgument, options?: XGroupSetIdOptions,
  ) => {
    c.pushKey(key);
    c.push(group, id);
    pushOption(c, 'ENTRIESREAD', options?.ENTRIESREAD);
  }, reply.ok),
  /** Gives messages back to the group and returns how many of them were pending. */
  xNack: command('XNACK', (
    c, key: RedisArgument, group: RedisArgument, mode: XNackMode, id: RedisVariadicArgument, options?: XNackOptions,
  ) => {
    c.pushKey(key);
    c.push(group, mode, 'IDS');
    c.pushVariadicWithLength(id);
    pushOption(c, 'RETRYCOUNT', options?.RETRYCOUNT);
    if (options?.FORCE) c.push('FORCE');
  }, reply.number),
  /** Returns a summary of the pending messages of a group: `{pending, firstId, lastId, consumers}`. */
  xPending: command('XPENDING', keyAndGroup, stream.pending),
  /** Returns the pending messages of a group between two ids. */
  xPendingRange: command('XPENDING', (
    c, key: RedisArgument, group: RedisArgument, start: RedisArgument, end: RedisArgument, count: number,
    options?: XPendingRangeOptions,
  ) => {
    c.pushKey(key);
    c.push(group);
    pushOption(c, 'IDLE', options?.IDLE);
    c.push(start, end, count.toString());
    if (options?.consumer) c.push(options.consumer);
  }, stream.pendingRange, { upper: 'XPENDING_RANGE' }),
  /**
   * Reads messages as a consumer of a group; id `>` means new ones. Returns `[{name, messages}]`, null if there are
   * none.
   */
  xReadGroup: command('XREADGROUP', (
    c, group: RedisArgument, consumer: RedisArgument, streams: XReadStreams, options?: XReadGroupOptions,
  ) => {
    c.push('GROUP', group, consumer);
    pushReadOptions(c, options);
    pushOption(c, 'CLAIM', options?.CLAIM);
    if (options?.NOACK) c.push('NOACK');
    pushStreams(c, streams);
  }, stream.streams),
};
