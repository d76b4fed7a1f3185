/** What commands wait for in a cluster, for the errors of those that have waited too long or were aborted. */
import { TraceReason } from '../wire/boundary.generated';
import type { ClusterTrace } from '../wire/cluster-handle';
import type { Waiting } from '../wire/limit-errors';
import type { ClusterNode } from './node';

/**
 * @param node the one that the command waits for, if it does
 * @param refusal the last error with which a server has refused it
 */
export function waitingFor({ attempts, reason }: ClusterTrace, node: ClusterNode | undefined, refusal: Error | undefined): Waiting {
  if (node === undefined) return refused(attempts, refusal);
  const { address, client, lastError } = node;
  if (reason === TraceReason.Silent) return { reason: `the node ${address} does not answer`, cause: lastError };
  if (client?.isReady !== true) return { reason: `the node ${address} is not connected`, cause: lastError };
  return { reason: `the connection to the node ${address} takes no more bytes at present`, cause: undefined };
}

/** What a command waits for that servers have refused so often. */
export function refused(attempts: number, refusal: Error | undefined): Waiting {
  const times = attempts === 1 ? 'once' : `${attempts} times`;
  return { reason: attempts > 0 ? `the cluster has refused it ${times}` : 'the cluster has no node for it', cause: refusal };
}
