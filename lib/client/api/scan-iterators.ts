/** The methods of a client that iterate over keys, hashes, sets and sorted sets page by page, for `mixIn`. */
import type { RedisArgument } from '../../wire/command-parser';
import type { BlobStringReply, DoubleReply, ReplyWithTypeMapping, TypeMapping } from '../../wire/resp-types';

/** Options of all scans. */
export interface ScanCommonOptions {
  /** Returns only elements that match this glob-style pattern. `keyPrefix` is not applied. */
  MATCH?: RedisArgument;
  /** A hint for the number of elements per page; pages may be larger, smaller or empty. */
  COUNT?: number;
}

/** Options of the iterators. */
export interface ScanIteratorOptions extends ScanCommonOptions {
  /** The cursor to start from. Default `'0'`, the beginning. */
  cursor?: RedisArgument;
}

/** Options of `scanIterator`. */
export interface KeyScanOptions extends ScanIteratorOptions {
  /** Only keys of this type. */
  TYPE?: RedisArgument;
}

type Text<MAPPING extends TypeMapping> = ReplyWithTypeMapping<BlobStringReply, MAPPING>;
type Score<MAPPING extends TypeMapping> = ReplyWithTypeMapping<DoubleReply, MAPPING>;

/** A method of a scan command. Cursors are strings, or Buffers if the type mapping says so. */
type Scan = (...args: unknown[]) => Promise<Record<string, unknown> & { cursor: RedisArgument }>;

/** The iterators. Each yields pages as arrays, including empty ones, until the server reports the end of the scan. */
export abstract class ScanMethods<TYPE_MAPPING extends TypeMapping> {
  /**
   * Yields the keys of the database, page by page (SCAN). `keyPrefix` is not removed from them: passing them to commands of the
   * same client would prefix them twice.
   */
  scanIterator(options?: KeyScanOptions): AsyncGenerator<Text<TYPE_MAPPING>[], void, unknown> {
    return pages(this, 'scan', [], options, 'keys');
  }

  /** Yields the entries `{field, value}` of a hash, page by page (HSCAN). */
  hScanIterator(
    key: RedisArgument, options?: ScanIteratorOptions,
  ): AsyncGenerator<{ field: Text<TYPE_MAPPING>; value: Text<TYPE_MAPPING> }[], void, unknown> {
    return pages(this, 'hScan', [key], options, 'entries');
  }

  /** Yields the values of a hash, page by page (HSCAN). */
  async *hScanValuesIterator(
    key: RedisArgument, options?: ScanIteratorOptions,
  ): AsyncGenerator<Text<TYPE_MAPPING>[], void, unknown> {
    for await (const entries of this.hScanIterator(key, options)) yield entries.map((entry) => entry.value);
  }

  /** Yields the fields of a hash, page by page (HSCAN NOVALUES, since Redis 7.4). */
  hScanNoValuesIterator(key: RedisArgument, options?: ScanIteratorOptions): AsyncGenerator<Text<TYPE_MAPPING>[], void, unknown> {
    return pages(this, 'hScanNoValues', [key], options, 'fields');
  }

  /** Yields the members of a set, page by page (SSCAN). */
  sScanIterator(key: RedisArgument, options?: ScanIteratorOptions): AsyncGenerator<Text<TYPE_MAPPING>[], void, unknown> {
    return pages(this, 'sScan', [key], options, 'members');
  }

  /** Yields the members `{value, score}` of a sorted set, page by page (ZSCAN). */
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
