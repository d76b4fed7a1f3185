/** Which nodes of a cluster serve reads. */
import { ReadFrom } from './boundary.generated';

/**
 * `primary`: the primary of the slot. `any`: primary and replicas in turn. `preferReplica`: replicas in turn, the primary without one.
 * `azAffinity`: replicas of the client's availability zone, then the primary if it is in that zone, then any. `lowestLatency`: the node
 * that answers fastest.
 */
export type ReadFromName = 'primary' | 'any' | 'preferReplica' | 'azAffinity' | 'lowestLatency';

/** A node as a `readFrom` function sees it. */
export interface ReadCandidate {
  /** `host:port` as the cluster announces it. */
  readonly address: string;
  readonly host: string;
  readonly port: number;
  readonly isReplica: boolean;
}

/**
 * Chooses the node of a read: the primary of its slot is the first of `nodes`.
 *
 * @param command the name of the command
 * @returns an index of `nodes`; anything else means the primary
 */
export type ReadFromFunction = (nodes: readonly ReadCandidate[], command: string) => number;

/** The numbers of the boundary by their names. */
export const READ_FROM: Readonly<Record<ReadFromName, ReadFrom>> = {
  primary: ReadFrom.Primary,
  any: ReadFrom.AnyNode,
  preferReplica: ReadFrom.PreferReplica,
  azAffinity: ReadFrom.AzAffinity,
  lowestLatency: ReadFrom.LowestLatency,
};
