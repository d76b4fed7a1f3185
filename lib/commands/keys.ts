import type { CommandParser, RedisArgument } from '../wire/command-parser';
import type { BlobStringReply, NullReply, SimpleStringReply } from '../wire/resp-types';
import { millisecondsArgument, none, oneKey, oneOrMoreKeys, pushOption, secondsArgument, twoKeys } from './args';
import { command } from './command';
import * as reply from './replies';

/**
 * When to set an expiry: only if there is none (`NX`), only if there is one (`XX`), only if it is later (`GT`) or
 * earlier (`LT`).
 */
export type ExpireMode = 'NX' | 'XX' | 'GT' | 'LT';

function pushExpiry(c: CommandParser, key: RedisArgument, when: string, mode: ExpireMode | undefined): void {
  c.pushKey(key);
  c.push(when);
  if (mode) c.push(mode);
}

export interface CopyOptions {
  /** Database of the destination key. */
  DB?: number;
  /** Overwrite an existing destination key. */
  REPLACE?: boolean;
}

/** User name and password for AUTH. */
export interface AuthOptions {
  username?: RedisArgument;
  password: RedisArgument;
}

export interface MigrateOptions {
  /** Keep the keys on this server. */
  COPY?: true;
  /** Overwrite existing keys on the other server. */
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
  /** Time since the last access in seconds. */
  IDLETIME?: number;
  /** Access frequency counter, for LFU eviction. */
  FREQ?: number;
}

/** Options of every SCAN command. */
export interface ScanCommonOptions {
  /** Only names that match this glob pattern. */
  MATCH?: string;
  /** Roughly how many elements the server examines for one page; 0 is not sent, so that the server uses its default. */
  COUNT?: number;
}

export interface ScanOptions extends ScanCommonOptions {
  /** Only keys of this type. */
  TYPE?: RedisArgument;
}

/** Pushes `cursor [MATCH pattern] [COUNT n]`. */
export function pushScan(c: CommandParser, cursor: RedisArgument, options?: ScanCommonOptions): void {
  c.push(cursor);
  if (options?.MATCH !== undefined) c.push('MATCH', options.MATCH);
  if (options?.COUNT) c.push('COUNT', options.COUNT.toString());
}

export const keys = {
  /** Copies a value to another key. Returns 1, or 0 if it was not copied. */
  copy: command('COPY', (c, source: RedisArgument, destination: RedisArgument, options?: CopyOptions) => {
    twoKeys(c, source, destination);
    pushOption(c, 'DB', options?.DB);
    if (options?.REPLACE) c.push('REPLACE');
  }, reply.number),
  /** Deletes keys and returns the number of keys that existed. */
  del: command('DEL', oneOrMoreKeys, reply.number),
  /**
   * Returns the value of a key in the server's internal format, for restore. Use a type mapping to get it as a Buffer.
   */
  dump: command('DUMP', oneKey, reply.blob),
  /** Returns how many of the given keys exist; a key given twice counts twice. */
  exists: command('EXISTS', oneOrMoreKeys, reply.number),
  /** Sets the time to live of a key in seconds. Returns 1, or 0 if it was not set. */
  expire: command('EXPIRE', (c, key: RedisArgument, seconds: number, mode?: ExpireMode) =>
    pushExpiry(c, key, seconds.toString(), mode), reply.number),
  /** Sets the expiry of a key to a Unix time in seconds or a Date. Returns 1, or 0 if it was not set. */
  expireAt: command('EXPIREAT', (c, key: RedisArgument, timestamp: number | Date, mode?: ExpireMode) =>
    pushExpiry(c, key, secondsArgument(timestamp), mode), reply.number),
  /** Returns the Unix time in seconds at which a key expires; -1 if it has no expiry, -2 if it does not exist. */
  expireTime: command('EXPIRETIME', oneKey, reply.number),
  /** Returns all keys that match a glob pattern. Blocks the server if the database is large: prefer scanIterator. */
  keys: command('KEYS', (c, pattern: RedisArgument) => c.push(pattern), reply.blobs),
  /** Moves keys to another server. Returns `'OK'`, or `'NOKEY'` if none of the keys existed. */
  migrate: command('MIGRATE', pushMigrate, reply.asIs<SimpleStringReply<'OK' | 'NOKEY'>>()),
  /** Moves a key to another database. Returns 1, or 0 if it was not moved. */
  move: command('MOVE', (c, key: RedisArgument, db: number) => {
    c.pushKey(key);
    c.push(db.toString());
  }, reply.number),
  /** Returns the internal encoding of a value, null if there is no such key. */
  objectEncoding: command('OBJECT ENCODING', oneKey, reply.blobOrNull),
  /** Returns the access frequency of a key (only with an LFU eviction policy), null if there is no such key. */
  objectFreq: command('OBJECT FREQ', oneKey, reply.numberOrNull),
  /** Returns the time since the last access of a key in seconds, null if there is no such key. */
  objectIdleTime: command('OBJECT IDLETIME', oneKey, reply.numberOrNull),
  /** Returns the reference count of a value, null if there is no such key. */
  objectRefCount: command('OBJECT REFCOUNT', oneKey, reply.numberOrNull),
  /** Removes the expiry of a key. Returns 1, or 0 if there was none. */
  persist: command('PERSIST', oneKey, reply.number),
  /** Sets the time to live of a key in milliseconds. Returns 1, or 0 if it was not set. */
  pExpire: command('PEXPIRE', (c, key: RedisArgument, ms: number, mode?: ExpireMode) =>
    pushExpiry(c, key, ms.toString(), mode), reply.number),
  /** Sets the expiry of a key to a Unix time in milliseconds or a Date. Returns 1, or 0 if it was not set. */
  pExpireAt: command('PEXPIREAT', (c, key: RedisArgument, msTimestamp: number | Date, mode?: ExpireMode) =>
    pushExpiry(c, key, millisecondsArgument(msTimestamp), mode), reply.number),
  /** Returns the Unix time in milliseconds at which a key expires; -1 if it has no expiry, -2 if it does not exist. */
  pExpireTime: command('PEXPIRETIME', oneKey, reply.number),
  /** Returns the remaining time to live of a key in milliseconds; -1 if it has no expiry, -2 if it does not exist. */
  pTTL: command('PTTL', oneKey, reply.number),
  /** Returns a random key, null if the database is empty. */
  randomKey: command('RANDOMKEY', none, reply.asIs<BlobStringReply | NullReply>()),
  /** Renames a key. An existing destination key is overwritten. */
  rename: command('RENAME', twoKeysRenamed, reply.simpleString),
  /** Renames a key if the destination key does not exist. Returns 1 if it was renamed, else 0. */
  renameNX: command('RENAMENX', twoKeysRenamed, reply.number),
  /** Creates a key from the reply of dump. `ttl` is in milliseconds; 0 means no expiry. */
  restore: command('RESTORE', (c, key: RedisArgument, ttl: number, serializedValue: RedisArgument, options?: RestoreOptions) => {
    c.pushKey(key);
    c.push(ttl.toString(), serializedValue);
    if (options?.REPLACE) c.push('REPLACE');
    if (options?.ABSTTL) c.push('ABSTTL');
    pushOption(c, 'IDLETIME', options?.IDLETIME);
    pushOption(c, 'FREQ', options?.FREQ);
  }, reply.ok),
  /** Used internally by cluster nodes, which send it to restore a key while a slot is migrated. */
  restoreAsking: command('RESTORE-ASKING', none, reply.simpleString),
  /**
   * Returns a page of keys, and the cursor of the next page. Start with cursor `'0'`; it is `'0'` again at the end. See
   * scanIterator.
   */
  scan: command('SCAN', (c, cursor: RedisArgument, options?: ScanOptions) => {
    pushScan(c, cursor, options);
    if (options?.TYPE) c.push('TYPE', options.TYPE);
  }, reply.scanKeys),
  /** Updates the access time of keys and returns how many of them exist. */
  touch: command('TOUCH', oneOrMoreKeys, reply.number),
  /** Returns the remaining time to live of a key in seconds; -1 if it has no expiry, -2 if it does not exist. */
  ttl: command('TTL', oneKey, reply.number),
  /** Returns the type of a value, `'none'` if there is no such key. */
  type: command('TYPE', oneKey, reply.simpleString),
  /** Deletes keys and frees their memory in the background. Returns the number of keys that existed. */
  unlink: command('UNLINK', oneOrMoreKeys, reply.number),
};

function twoKeysRenamed(c: CommandParser, key: RedisArgument, newKey: RedisArgument): void {
  twoKeys(c, key, newKey);
}
