/** Runs the commands of a `multi()` builder on a client. */
import { ClientClosedError, WatchError, refusedCommand } from '../../errors';
import type { EncodedCommand } from '../../wire/link-types';
import { isPubSubName } from '../../wire/pub-sub-names';
import { encodeWords } from '../encoding/encoded-command';
import { transformReplies } from '../encoding/reply-transform';
import type { CommandTarget } from './runner';
import type { WatchState } from './watch';
import type { CommandOptions } from '../options/command-options';

/**
 * Sends MULTI, the commands and EXEC as one chain.
 *
 * @param isSelecting whether the client itself changes its database with one of the commands
 * @returns the transformed replies of the commands
 * @throws (rejects) the first error of the chain: the error of a refused command, rather than the EXECABORT that follows
 */
export async function executeTransaction(
  client: CommandTarget, watch: WatchState, commands: readonly EncodedCommand[], isSelecting: boolean,
): Promise<unknown[]> {
  const { _self: { _runner: runner }, _commandOptions: options } = client;
  const { requests } = runner;
  if (!requests.isOpen) throw refusedCommand(new ClientClosedError(), 'MULTI');
  refuseSpoilers(commands);
  const guard = watch.consume(runner.epoch);
  const own = options.abortSignal;
  const sendOptions: CommandOptions = guard === undefined ? options : { ...options, abortSignal: guard.signal(own) };
  const raw = commands.map((command) => ({ ...command, command: undefined }));
  let replies: unknown[];
  try {
    replies = await Promise.all(runner.runChain([MULTI(), ...raw, EXEC()], sendOptions, isSelecting));
  } catch (error) {
    throw guard === undefined ? error : guard.explain(error, own);
  }
  const results = replies[replies.length - 1] as unknown[] | null;
  if (results === null) throw new WatchError();
  return transformReplies(commands, results, requests.resp, options.typeMapping);
}

/** Returns a function that encodes a one-word command at its first call, and returns the same bytes afterwards. */
function once(word: string): () => EncodedCommand {
  let encoded: EncodedCommand | undefined;
  return () => (encoded ??= encodeWords([word]));
}

/** The encoded MULTI and EXEC. */
export const MULTI = once('MULTI');
export const EXEC = once('EXEC');

const ONE_ARGUMENT = Buffer.from('*2\r\n');

/** Refuses subscriptions to several channels: the server sends a reply per channel, but EXEC announces only one per command. */
export function refuseSpoilers(commands: readonly EncodedCommand[]): void {
  const spoiler = commands.find(({ name, bytes }) => isPubSubName(name) && bytes.indexOf(ONE_ARGUMENT) !== 0);
  if (spoiler === undefined) return;
  const error = new TypeError(`${spoiler.name.toUpperCase()} in a transaction must name exactly one channel: the reply to EXEC has room for one answer`);
  throw refusedCommand(Object.assign(error, { code: 'OXREDIS_SUBSCRIBE_IN_TRANSACTION' }), spoiler.name);
}

/** Sends the commands as one chain, or nothing if there are none. @throws (rejects) the first error of a command */
export async function executePipeline(
  client: CommandTarget, commands: readonly EncodedCommand[], isSelecting: boolean,
): Promise<unknown[]> {
  if (commands.length === 0) return [];
  return Promise.all(client._self._runner.runChain(commands, client._commandOptions, isSelecting));
}
