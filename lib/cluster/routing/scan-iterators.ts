/** The iterator over all keys of a cluster, for `mixIn`. npm `redis` has none. */
import type { KeyScanOptions } from '../../client/api/scan-iterators';
import { beginEncoding, takeEncoded } from '../../client/encoding/encoded-command';
import type { CommandOptions } from '../../client/options/command-options';
import { COMMAND_TABLE } from '../../commands';
import { refusedCommand } from '../../errors';
import type { RedisArgument } from '../../wire/command-parser';
import type { EncodedCommand } from '../../wire/link-types';
import type { BlobStringReply, ReplyWithTypeMapping, TypeMapping } from '../../wire/resp-types';
import type { ClusterExecutor } from './executor';
import { ClusterScan, resumed } from './scan';

/** A cluster, or a proxy of one with other command options. */
export interface ScanTarget {
  readonly _self: { readonly _executor: ClusterExecutor };
  readonly _commandOptions: CommandOptions;
}

const { scan: SCAN } = COMMAND_TABLE;

/** What a cluster iterates differently than a client. */
export abstract class ClusterScanMethods<TYPE_MAPPING extends TypeMapping> {
  /**
   * Yields the keys of all primaries, page by page (SCAN). Pages may be empty. When slots move or a node fails over meanwhile, keys may be
   * yielded twice. `keyPrefix` is not removed from the keys: passing them to commands of the same client would prefix them twice.
   *
   * @throws (rejects) the error of a node that cannot be read; the iteration has ended then
   */
  scanIterator(options?: KeyScanOptions): AsyncGenerator<ReplyWithTypeMapping<BlobStringReply, TYPE_MAPPING>[], void, unknown> {
    return pages(this as unknown as ScanTarget, options ?? {});
  }
}

async function* pages<KEY>(
  { _self: { _executor: executor }, _commandOptions: options }: ScanTarget, { cursor = '0', ...rest }: KeyScanOptions,
): AsyncGenerator<KEY[], void, unknown> {
  const encoded = encodeScan(rest);
  // The iterator holds the scan itself, so that its consumer may take its time between pages.
  const scan = cursor.toString() === '0' ? new ClusterScan('SCAN', 1) : resumed(executor, 'SCAN', cursor.toString());
  for (let hasEnded = false; !hasEnded;) {
    const refusal = executor.parts.refusal(encoded.length, options);
    if (refusal !== undefined) throw refusedCommand(refusal, 'SCAN');
    const page = await scan.page(executor, encoded, options);
    hasEnded = page.hasEnded;
    yield (page.reply as { keys: KEY[] }).keys;
  }
}

function encodeScan(options: Omit<KeyScanOptions, 'cursor'>): EncodedCommand {
  const encoder = beginEncoding();
  (SCAN.parseCommand as (parser: typeof encoder, cursor: RedisArgument, options: KeyScanOptions) => void)(encoder, '0', options);
  return takeEncoded(encoder, SCAN as never);
}
