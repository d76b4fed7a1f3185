/** Runs the commands of a `multi()` builder on the node that owns their slot. */
import { encodeWords } from '../client/encoding/encoded-command';
import { transformReplies } from '../client/encoding/reply-transform';
import { EXEC, MULTI, refuseSpoilers } from '../client/run/transaction';
import type { CommandOptions } from '../client/options/command-options';
import { ErrorReply, MaxCommandRedirectionsError, WatchError, describeRoute, plainError, refusedCommand } from '../errors';
import { CallLimits } from '../wire/call-limits';
import type { RedisArgument } from '../wire/command-parser';
import { FLAG_READ } from '../wire/boundary.generated';
import { hashSlot, hashSlotOf, NO_SLOT } from '../wire/hash-slot';
import type { EncodedCommand } from '../wire/link-types';
import type { ClusterRunner } from './cluster-runner';
import type { ClusterCore } from './core';
import { allReplies } from './routing/fan-out';
import { redirectedAddress } from './routing/redirection';

/** Redirections that are followed without a pause. */
const AT_ONCE = 2;

/**
 * Sends MULTI, the commands and EXEC as one chain; again, as a whole, if the server has run nothing of it because the slot is moving or
 * the cluster is failing over.
 *
 * @param routing a key whose slot the transaction is for if its commands have no keys
 * @returns the transformed replies
 * @throws (rejects) MaxCommandRedirectionsError at once if the keys are of several slots, and after too many redirections
 */
export async function executeClusterTransaction(
  core: ClusterCore, commands: readonly EncodedCommand[], routing: RedisArgument | undefined, options: CommandOptions,
): Promise<unknown[]> {
  const { requests } = core;
  if (!requests.isOpen) throw refusedCommand(requests.closedError(), 'MULTI');
  refuseSpoilers(commands);
  const slotOf = slotOfKeys(commands);
  // The server judges by the keys: a routing key of another slot could only lead the transaction astray.
  const routingKey = slotOf === NO_SLOT ? routing : undefined;
  const slot = routingKey === undefined ? slotOf : hashSlot(routingKey);
  const reads = commands.length > 0 && commands.every(({ flags }) => (flags & FLAG_READ) !== 0) ? FLAG_READ : 0;
  const raw = commands.map((command) => ({ ...command, command: undefined }));
  const head: EncodedCommand = { ...MULTI(), flags: reads, routingKey };
  const chain = [head, ...raw, EXEC()];
  const results = await core.unfinished(new Attempts(core, chain, slot, options).run());
  if (results === null) throw new WatchError();
  return transformReplies(commands, results, requests.resp, options.typeMapping);
}

/** The one slot of the keys of the commands; {@link NO_SLOT} without keys. @throws MaxCommandRedirectionsError if they have several */
function slotOfKeys(commands: readonly EncodedCommand[]): number {
  let slot = NO_SLOT;
  for (const command of commands) {
    const own = hashSlotOf(command);
    if (own === NO_SLOT || own === slot) continue;
    if (slot !== NO_SLOT) throw severalSlots(slot, own, command.name);
    slot = own;
  }
  return slot;
}

function severalSlots(slot: number, other: number, name: string): Error {
  const text = `The keys of a transaction must be of one hash slot: these are of slot ${slot} and, in ${name}, of slot ${other}. `
    + 'Give them a hash tag, such as {user1}, or use execAsPipeline()';
  const cause = plainError(text, 'OXREDIS_CROSS_SLOT');
  return refusedCommand(describeRoute(new MaxCommandRedirectionsError(cause), { slot, attempts: 0 }), 'MULTI');
}

/** The attempts to run one transaction. */
class Attempts {
  readonly #core: ClusterCore;
  readonly #chain: readonly EncodedCommand[];
  readonly #slot: number;
  readonly #limits: CallLimits<CommandOptions>;
  #redirections = 0;

  constructor(core: ClusterCore, chain: readonly EncodedCommand[], slot: number, options: CommandOptions) {
    this.#core = core;
    this.#chain = chain;
    this.#slot = slot;
    this.#limits = new CallLimits('MULTI', options);
  }

  /** @returns the reply to EXEC */
  async run(): Promise<unknown[] | null> {
    let send = (): Promise<unknown>[] => this.#core.requests.submitChain(this.#chain, this.#limits.next());
    for (;;) {
      const outcome = await outcomeOf(send());
      if (outcome.isRun) return outcome.reply;
      send = await this.#afterwards(outcome.error);
    }
  }

  /** Decides what becomes of a transaction that failed. @returns how to send it again @throws its error if it is not sent again */
  async #afterwards(error: Error): Promise<() => Promise<unknown>[]> {
    if (!(error instanceof ErrorReply)) throw error;
    const again = (): Promise<unknown>[] => this.#core.requests.submitChain(this.#chain, this.#limits.next(), true);
    switch (error.kind) {
      case 'MOVED':
        // The engine has noted the new owner.
        await this.#redirected(error);
        return again;
      case 'ASK':
        await this.#redirected(error);
        return this.#asking(error);
      case 'TRYAGAIN':
      case 'CLUSTERDOWN':
      case 'LOADING':
      case 'MASTERDOWN':
        if (!this.#limits.isLeft) throw this.#described(error);
        await this.#limits.pause(error);
        return again;
      default:
        throw error;
    }
  }

  /** Counts a redirection. In a failover, nodes may name each other for some ms: then it takes time, not more attempts. */
  async #redirected(error: ErrorReply): Promise<void> {
    this.#redirections++;
    if (this.#redirections > this.#core.options.mostRedirections) throw this.#described(new MaxCommandRedirectionsError(error));
    if (this.#redirections > AT_ONCE) await this.#limits.pause(error);
  }

  #described<E extends Error>(error: E): E {
    return describeRoute(error, { slot: this.#slot === NO_SLOT ? undefined : this.#slot, attempts: this.#redirections + 1 });
  }

  /** The node that the slot is on its way to runs the transaction when ASKING is in front of it. */
  #asking(error: ErrorReply): () => Promise<unknown>[] {
    // The engine has told with the error which node it is of.
    const address = redirectedAddress(error, (error as { node?: string }).node);
    const node = address && this.#core.nodeAt(address.host, address.port);
    if (node === undefined) throw this.#described(new MaxCommandRedirectionsError(error));
    return () => {
      const [, ...replies] = node.submitChain([ASKING(), ...this.#chain], this.#limits.next());
      return replies;
    };
  }
}

let asking: EncodedCommand | undefined;
const ASKING = (): EncodedCommand => (asking ??= encodeWords(['ASKING']));

/** What became of one attempt. */
type Outcome = { readonly isRun: true; readonly reply: unknown[] | null } | { readonly isRun: false; readonly error: Error };

/** The reply to EXEC, or the error that tells best why the transaction did not run: the first one that is not EXEC's. */
async function outcomeOf(replies: readonly Promise<unknown>[]): Promise<Outcome> {
  const settled = await Promise.allSettled(replies);
  const exec = settled[settled.length - 1] as PromiseSettledResult<unknown>;
  if (exec.status === 'fulfilled') return { isRun: true, reply: exec.value as unknown[] | null };
  const first = settled.find(({ status }) => status === 'rejected') as PromiseRejectedResult;
  return { isRun: false, error: first.reason as Error };
}

/**
 * Sends commands together, each to the node of its own slot, without MULTI and EXEC.
 *
 * @throws (rejects) the first error of a command, when all have settled
 */
export async function executeClusterPipeline(
  runner: ClusterRunner, commands: readonly EncodedCommand[], routing: RedisArgument | undefined, options: CommandOptions,
): Promise<unknown[]> {
  const routed = commands.map((command) => (routing === undefined || hashSlotOf(command) !== NO_SLOT ? command : { ...command, routingKey: routing }));
  return allReplies(routed.map((command) => runner.send(command, options)));
}
