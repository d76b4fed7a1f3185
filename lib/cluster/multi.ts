/** The builder that `cluster.multi()` returns: commands of one hash slot, or for a pipeline of any slots. */
import { beginEncoding, pushWords } from '../client/encoding/encoded-command';
import { RedisClientMultiCommand, transformOnly } from '../client/run/multi-command';
import type { TransformReply } from '../wire/command';
import { FLAG_READ } from '../wire/boundary.generated';
import type { RedisArgument } from '../wire/command-parser';
import type { CommandEncoder } from '../wire/encoder';
import { hotkeys } from '../commands/hotkeys';
import { flagsOf } from '../commands/traits';

/** See the module's comment. */
export class RedisClusterMultiCommand<REPLIES extends unknown[] = []> extends RedisClientMultiCommand<REPLIES> {}

/**
 * Adds a command given as words. `keyPrefix` is not applied.
 *
 * @param firstKey a key that determines the slot; `undefined` leaves it to the other commands
 * @param isReadonly whether a replica may run it; `undefined` if that follows from the command
 */
function addCommand(
  this: RedisClusterMultiCommand, firstKey: RedisArgument | undefined, isReadonly: boolean | undefined, args: readonly RedisArgument[],
  transformReply?: TransformReply,
): RedisClusterMultiCommand {
  const encoder: CommandEncoder = beginEncoding();
  pushWords(encoder, args);
  if (firstKey !== undefined) encoder.markRoutingKey(firstKey);
  return this._add(encoder, transformOnly(transformReply), readFlags(isReadonly, String(args[0])));
}

/** The flags of a command that its caller has declared to read only, or not. @returns `undefined` if the caller did not say */
export function readFlags(isReadonly: boolean | undefined, name: string): number | undefined {
  if (isReadonly === undefined) return undefined;
  const flags = flagsOf(name);
  return isReadonly ? flags | FLAG_READ : flags & ~FLAG_READ;
}

/** What `sendCommand` of the builder may be told of the command. */
interface WordsOptions {
  /** A key that determines the slot. */
  firstKey?: RedisArgument;
  /** Whether a replica may run it. */
  isReadonly?: boolean;
}

/** Adds a command given as words. `keyPrefix` is not applied. */
function sendCommand(this: RedisClusterMultiCommand, args: readonly RedisArgument[], options?: WordsOptions): RedisClusterMultiCommand {
  return addCommand.call(this, options?.firstKey, options?.isReadonly, args);
}

for (const [name, value] of Object.entries({ addCommand, sendCommand })) {
  Object.defineProperty(RedisClusterMultiCommand.prototype, name, { value, configurable: true, writable: true });
}

/** What builders of clients have, and clusters do not: they have one database, and HOTKEYS is a matter of one node. */
const NOT_ON_CLUSTERS = ['select', 'SELECT', ...Object.entries(hotkeys).flatMap(([name, { upper }]) => [name, upper])];
for (const name of NOT_ON_CLUSTERS) {
  Object.defineProperty(RedisClusterMultiCommand.prototype, name, { value: undefined, configurable: true, writable: true });
}
