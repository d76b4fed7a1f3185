import type { CommandParser, RedisArgument } from '../wire/command-parser';
import type { BlobStringReply, NullReply, SimpleStringReply } from '../wire/resp-types';
import { millisecondsArgument, none, oneKey, oneOrMoreKeys, pushOption, secondsArgument, twoKeys } from './args';
import { command } from './command';
import * as reply from './replies';

/** When an expiry is changed: no expiry yet, an existing one, a later one, an earlier one. */
export type ExpireMode = 'NX' | 'XX' | 'GT' | 'LT';

function pushExpiry(c: CommandParser, key: RedisArgument, when: string, mode: ExpireMode | undefined): void {
  c.pushKey(key);
  c.push(when);
  if (mode) c.push(mode);
}

export interface CopyOptions {
  /** Database of the destination key. */
  DB?: number;
  /** Overwrite an existing destination. */
  REPLACE?: boolean;
}

/** User and password for AUTH. */
export interface AuthOptions {
  username?: RedisArgument;
  password: RedisArgument;
}

export interface MigrateOptions {
  /** Keep the keys here. */
  COPY?: true;
  /** Overwrite keys there. */
  REPLACE?: true;
  AUTH?: AuthOptions;
}

function pushMigrate(
  c: CommandParser, host: RedisArgument, port: number, key: RedisArgument | RedisArgument[], destinationDb: number, timeout: number,
  options?: MigrateOptions,
): void {
  c.push(host, port.toString());
  const several = Array.isArray(key);
  if (several) c.push('');
  else c.pushKey(key);
  c.push(destinationDb.toString(), timeout.toString());
  if (options?.COPY) c.push('COPY');
  if (options?.REPLACE) c.push('REPLACE');
  if (options?.AUTH) {
    const { username, password } = options.AUTH;
    if (username) c.push('AUTH2', username, password);
    else c.push('AUTH', password);
  }
  if (several) {
    c.push('KEYS');
    c.pushKeys(key);
  }
}

export interface RestoreOptions {
  /** Overwrite an existing key. */
  REPLACE?: boolean;
  /** `ttl` is a Unix time in milliseconds. */
  ABSTTL?: boolean;
  /** Seconds since the last access. */
  IDLETIME?: number;
  /** Access frequency (LFU). */
  FREQ?: number;
}

/** Options of every SCAN command. */
export interface ScanCommonOptions {
  /** Glob pattern. */
  MATCH?: string;
  /** How much work a page is worth; 0 leaves it to the server. */
  COUNT?: number;
}

export interface ScanOptions extends ScanCommonOptions {
  /** Only keys of this type. */
  TYPE?: RedisArgument;
}

/** `cursor [MATCH pattern] [COUNT n]` */
export function pushScan(c: CommandParser, cursor: RedisArgument, options?: ScanCommonOptions): void {
  c.push(cursor);
  if (options?.MATCH !== undefined) c.push('MATCH', options.MATCH);
  if (options?.COUNT) c.push('COUNT', options.COUNT.toString());
}

export const keys = {
  /** Copies a value to another key: 1, or 0 if it was not copied. */
  copy: command('COPY', (c, source: RedisArgument, destination: RedisArgument, options?: CopyOptions) => {
    twoKeys(c, source, destination);
    pushOption(c, 'DB', options?.DB);
    if (options?.REPLACE) c.push('REPLACE');
  }, reply.number),
  /** Deletes keys and gives the number of those that existed. */
  del: command('DEL', oneOrMoreKeys, reply.number),
  /** Returns the value of a key in the server's own format, for restore. Ask for Buffers with a type mapping. */
  dump: command('DUMP', oneKey, reply.blob),
  /** Counts the existing ones of the given keys; a key given twice counts twice. */
  exists: command('EXISTS', oneOrMoreKeys, reply.number),
  /** Lets a key live for a number of seconds: 1, or 0 if the expiry was not set. */
  expire: command('EXPIRE', (c, key: RedisArgument, seconds: number, mode?: ExpireMode) =>
    pushExpiry(c, key, seconds.toString(), mode), reply.number),
  /** Lets a key live until a Unix time in seconds or a Date: 1, or 0 if the expiry was not set. */
  expireAt: command('EXPIREAT', (c, key: RedisArgument, timestamp: number | Date, mode?: ExpireMode) =>
    pushExpiry(c, key, secondsArgument(timestamp), mode), reply.number),
  /** Returns the Unix time in seconds at which a key expires: -1 never, -2 no such key. */
  expireTime: command('EXPIRETIME', oneKey, reply.number),
  /** Returns all keys that match a glob pattern. Blocks the server on large databases: prefer scanIterator. */
  keys: command('KEYS', (c, pattern: RedisArgument) => c.push(pattern), reply.blobs),
  /** Moves keys to another server: `'OK'`, or `'NOKEY'` if there were none. */
  migrate: command('MIGRATE', pushMigrate, reply.asIs<SimpleStringReply<'OK' | 'NOKEY'>>()),
  /** Moves a key to another database: 1, or 0 if it was not moved. */
  move: command('MOVE', (c, key: RedisArgument, db: number) => {
    c.pushKey(key);
    c.push(db.toString());
  }, reply.number),
  /** Returns how a value is stored, null without one. */
  objectEncoding: command('OBJECT ENCODING', oneKey, reply.blobOrNull),
  /** Returns the access frequency of a key (LFU eviction policies only), null without one. */
  objectFreq: command('OBJECT FREQ', oneKey, reply.numberOrNull),
  /** Returns the seconds since the last access of a key, null without one. */
  objectIdleTime: command('OBJECT IDLETIME', oneKey, reply.numberOrNull),
  /** Returns the reference count of a value, null without one. */
  objectRefCount: command('OBJECT REFCOUNT', oneKey, reply.numberOrNull),
  /** Removes the expiry of a key: 1, or 0 if there was none. */
  persist: command('PERSIST', oneKey, reply.number),
  /** Lets a key live for a number of milliseconds: 1, or 0 if the expiry was not set. */
  pExpire: command('PEXPIRE', (c, key: RedisArgument, ms: number, mode?: ExpireMode) =>
    pushExpiry(c, key, ms.toString(), mode), reply.number),
  /** Lets a key live until a Unix time in milliseconds or a Date: 1, or 0 if the expiry was not set. */
  pExpireAt: command('PEXPIREAT', (c, key: RedisArgument, msTimestamp: number | Date, mode?: ExpireMode) =>
    pushExpiry(c, key, millisecondsArgument(msTimestamp), mode), reply.number),
  /** Returns the Unix time in milliseconds at which a key expires: -1 never, -2 no such key. */
  pExpireTime: command('PEXPIRETIME', oneKey, reply.number),
  /** Returns the milliseconds that a key has left: -1 no expiry, -2 no such key. */
  pTTL: command('PTTL', oneKey, reply.number),
  /** Returns a random key, null in an empty database. */
  randomKey: command('RANDOMKEY', none, reply.asIs<BlobStringReply | NullReply>()),
  /** Renames a key, overwriting the destination. */
  rename: command('RENAME', twoKeysRenamed, reply.simpleString),
  /** Renames a key unless the destination exists: 1, else 0. */
  renameNX: command('RENAMENX', twoKeysRenamed, reply.number),
  /** Creates a key from what dump returned. `ttl` in milliseconds, 0 for none. */
  restore: command('RESTORE', (c, key: RedisArgument, ttl: number, serializedValue: RedisArgument, options?: RestoreOptions) => {
    c.pushKey(key);
    c.push(ttl.toString(), serializedValue);
    if (options?.REPLACE) c.push('REPLACE');
    if (options?.ABSTTL) c.push('ABSTTL');
    pushOption(c, 'IDLETIME', options?.IDLETIME);
    pushOption(c, 'FREQ', options?.FREQ);
  }, reply.ok),
  /** Sent before a RESTORE by the servers of a cluster while they migrate a slot. */
  restoreAsking: command('RESTORE-ASKING', none, reply.simpleString),
  /** Returns a page of keys and the cursor of the next one; cursor `'0'` starts and ends. See scanIterator. */
  scan: command('SCAN', (c, cursor: RedisArgument, options?: ScanOptions) => {
    pushScan(c, cursor, options);
    if (options?.TYPE) c.push('TYPE', options.TYPE);
  }, reply.scanKeys),
  /** Updates the access time of keys and gives the number of those that exist. */
  touch: command('TOUCH', oneOrMoreKeys, reply.number),
  /** Returns the seconds that a key has left: -1 no expiry, -2 no such key. */
  ttl: command('TTL', oneKey, reply.number),
  /** Returns the type of a value, `'none'` without one. */
  type: command('TYPE', oneKey, reply.simpleString),
  /** Deletes keys, freeing their memory in the background, and gives the number of those that existed. */
  unlink: command('UNLINK', oneOrMoreKeys, reply.number),
};

function twoKeysRenamed(c: CommandParser, key: RedisArgument, newKey: RedisArgument): void {
  twoKeys(c, key, newKey);
}
