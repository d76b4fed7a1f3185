/** What routing needs of a cluster. */
import type { CommandOptions } from '../../client/options/command-options';
import type { PartRequests } from '../../wire/client-link';
import type { Command } from '../../wire/command';
import type { CommandEncoder } from '../../wire/encoder';
import type { EncodedCommand } from '../../wire/link-types';
import type { VirtualCursors } from './virtual-cursors';

/** A node that commands can be sent to. */
export interface RoutingNode {
  /** `host:port` as the cluster announces it. A node that is gone and comes back keeps it. */
  readonly address: string;
}

/** How routed commands reach the servers. Promises reject as those of a client's commands do. */
export interface ClusterExecutor<NODE extends RoutingNode = RoutingNode> {
  /** Nodes that own slots, and those of them that do not yet. */
  readonly primaries: readonly NODE[];
  /** Primaries and replicas. */
  readonly nodes: readonly NODE[];
  /** The node that owns the slot; `undefined` if nobody serves it. Called for all slots in a loop. */
  primaryOf(slot: number): NODE | undefined;
  /** A number that changes whenever a slot gets another owner, or none. */
  readonly layoutVersion: number;
  /** A primary, at random; one that is ready if there is one. `undefined` if there is none. */
  randomPrimary(): NODE | undefined;
  /**
   * Runs the command in the encoder on the owner of its first key's slot, or on any node: what a cluster does with every command that has
   * no route. Never throws.
   */
  run(encoder: CommandEncoder, command: Command | undefined, options: CommandOptions, name?: string): Promise<unknown>;
  /** `run` serves reads from a client-side cache, and loads them into it. */
  readonly caches: boolean;
  /** Runs a command on this node and applies `encoded.command`'s transform to its reply. It may be called with a node that is gone. */
  sendTo(node: NODE, encoded: EncodedCommand, options: CommandOptions): Promise<unknown>;
  /** Sends the parts of split commands by their slots; follows redirections of each. */
  readonly parts: PartRequests;
  /** The cursors that this cluster has given out. */
  readonly cursors: VirtualCursors;
}
