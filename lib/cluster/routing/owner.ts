/** Runs something on the client of the node that owns a slot, and follows the slot. For what the engine cannot follow by itself. */
import type { CommandOptions } from '../../client/options/command-options';
import type { CommandTarget } from '../../client/run/runner';
import { wasQueued } from '../../client/run/himport-fieldsets';
import {
  ClientClosedError, DisconnectsClientError, ErrorReply, MaxCommandRedirectionsError, SocketClosedUnexpectedlyError, plainError,
} from '../../errors';
import type { CallLimits } from '../../wire/call-limits';
import type { ClusterExecutor, RoutingNode } from './executor';
import { redirectedAddress } from './redirection';

/** The client of a node, on the node's link. */
export type NodeClient = CommandTarget['_self'];

/** What following a slot needs of a cluster. */
export interface OwnerExecutor<NODE extends RoutingNode = RoutingNode> extends Pick<ClusterExecutor<NODE>, 'primaryOf' | 'parts'> {
  /** Most redirections of one command. */
  readonly mostRedirections: number;
  /** Returns the client of a node; it is made if there is none yet. */
  clientOf(node: NODE): NodeClient;
  /** The node with this announced address, which is added if it is unknown. */
  nodeAt(host: string, port: number): NODE | undefined;
  /** Reads the topology anew. Called after MOVED. */
  refresh(): void;
}

/**
 * Calls `run` with the client of the slot's owner, and again after redirections, while the cluster fails over, and when the node was lost
 * before anything was written to it.
 *
 * @param limits of all attempts together
 * @param run `isAsking`: ASK named this node, so that ASKING must be sent right before the command
 * @throws (rejects) MaxCommandRedirectionsError; the last error of `run`; TimeoutError and AbortError of the limits
 */
export async function onOwner<T>(
  executor: OwnerExecutor, slot: number, limits: CallLimits<CommandOptions>,
  run: (client: NodeClient, options: CommandOptions, isAsking: boolean) => Promise<T>,
): Promise<T> {
  let redirections = 0;
  let node: RoutingNode | undefined;
  let isAsking = false;
  for (;;) {
    node ??= executor.primaryOf(slot);
    if (node === undefined) throw plainError(`No node of the cluster serves the hash slot ${slot}`, 'OXREDIS_SLOT_UNSERVED');
    try {
      return await run(executor.clientOf(node), limits.next(), isAsking);
    } catch (error) {
      const kind = error instanceof ErrorReply ? error.kind : undefined;
      isAsking = kind === 'ASK';
      if (kind === 'MOVED' || kind === 'ASK') {
        if (++redirections > executor.mostRedirections) throw new MaxCommandRedirectionsError(error as Error);
        node = named(executor, error as Error, node);
        if (kind === 'MOVED') executor.refresh();
        continue;
      }
      if (!isRepeated(executor, error) || !limits.isLeft) throw error;
      node = undefined;
      await limits.pause(error as Error);
    }
  }
}

/** The node that a redirection names. */
function named(executor: OwnerExecutor, error: Error, from: RoutingNode): RoutingNode | undefined {
  const address = redirectedAddress(error, from.address);
  return address && executor.nodeAt(address.host, address.port);
}

/**
 * Whether the command can be sent again: nothing was done, or it only reads, and the present owner may succeed.
 *
 * @param isRead the command only reads
 */
export function isRepeated({ parts }: Pick<OwnerExecutor, 'parts'>, error: unknown, isRead = false): boolean {
  if (error instanceof ErrorReply) {
    return error.kind === 'TRYAGAIN' || error.kind === 'CLUSTERDOWN' || error.kind === 'LOADING' || error.kind === 'MASTERDOWN';
  }
  const isLoss = error instanceof SocketClosedUnexpectedlyError || error instanceof ClientClosedError || error instanceof DisconnectsClientError;
  return isLoss && (isRead || wasQueued(error)) && parts.refusal(0) === undefined;
}
