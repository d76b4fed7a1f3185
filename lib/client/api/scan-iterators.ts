/** Iterating over keyspaces, hashes, sets and sorted sets, page by page: methods of a client, for `mixIn`. */
import type { RedisArgument } from '../../wire/command-parser';
import type { BlobStringReply, DoubleReply, ReplyWithTypeMapping, TypeMapping } from '../../wire/resp-types';

/** Options of all scans. */
export interface ScanCommonOptions {
  /** Only what matches this glob-style pattern. The key prefix is not added. */
  MATCH?: RedisArgument;
  /** How much work the server does per page; pages may be larger, smaller or empty. */
  COUNT?: number;
}

/** Options of the iterators. */
export interface ScanIteratorOptions extends ScanCommonOptions {
  /** Where to start. Default `'0'`, the beginning. */
  cursor?: RedisArgument;
}

/** Options of `scanIterator`. */
export interface KeyScanOptions extends ScanIteratorOptions {
  /** Only keys of this type. */
  TYPE?: RedisArgument;
}

type Text<MAPPING extends TypeMapping> = ReplyWithTypeMapping<BlobStringReply, MAPPING>;
type Score<MAPPING extends TypeMapping> = ReplyWithTypeMapping<DoubleReply, MAPPING>;

/** A scan command of the table: cursors are strings, or Buffers under a mapping. */
type Scan = (...args: unknown[]) => Promise<Record<string, unknown> & { cursor: RedisArgument }>;

/** The iterators. Each yields pages as arrays, also empty ones, until the server says that the scan is complete. */
export abstract class ScanMethods<TYPE_MAPPING extends TypeMapping> {
  /**
   * Yields the keys of the database, page by page. With a `keyPrefix` these are the keys as the server has them: giving them to
   * commands of the same client would prefix them twice.
   */
  scanIterator(options?: KeyScanOptions): AsyncGenerator<Text<TYPE_MAPPING>[], void, unknown> {
    return pages(this, 'scan', [], options, 'keys');
  }

  /** Yields `{field, value}` of a hash, page by page. */
  hScanIterator(
    key: RedisArgument, options?: ScanIteratorOptions,
  ): AsyncGenerator<{ field: Text<TYPE_MAPPING>; value: Text<TYPE_MAPPING> }[], void, unknown> {
    return pages(this, 'hScan', [key], options, 'entries');
  }

  /** Yields the values of a hash, page by page. */
  async *hScanValuesIterator(
    key: RedisArgument, options?: ScanIteratorOptions,
  ): AsyncGenerator<Text<TYPE_MAPPING>[], void, unknown> {
    for await (const entries of this.hScanIterator(key, options)) yield entries.map((entry) => entry.value);
  }

  /** Yields the fields of a hash without their values (Redis 7.4), page by page. */
  hScanNoValuesIterator(key: RedisArgument, options?: ScanIteratorOptions): AsyncGenerator<Text<TYPE_MAPPING>[], void, unknown> {
    return pages(this, 'hScanNoValues', [key], options, 'fields');
  }

  /** Yields the members of a set, page by page. */
  sScanIterator(key: RedisArgument, options?: ScanIteratorOptions): AsyncGenerator<Text<TYPE_MAPPING>[], void, unknown> {
    return pages(this, 'sScan', [key], options, 'members');
  }

  /** Yields `{value, score}` of a sorted set, page by page. */
  zScanIterator(
    key: RedisArgument, options?: ScanIteratorOptions,
  ): AsyncGenerator<{ value: Text<TYPE_MAPPING>; score: Score<TYPE_MAPPING> }[], void, unknown> {
    return pages(this, 'zScan', [key], options, 'members');
  }
}

async function* pages<T>(
  client: object, method: string, args: readonly unknown[], options: ScanIteratorOptions | undefined, field: string,
): AsyncGenerator<T[], void, unknown> {
  const scan = (client as Record<string, Scan>)[method] as Scan;
  const { cursor: first, ...rest } = options ?? {};
  let cursor = first ?? '0';
  do {
    const reply = await scan.call(client, ...args, cursor, rest);
    cursor = reply.cursor;
    yield reply[field] as T[];
  } while (cursor.toString() !== '0');
}
