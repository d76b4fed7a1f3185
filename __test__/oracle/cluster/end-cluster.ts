import type * as ours from '../../../lib';

type Ended = Pick<ours.RedisClientType, 'isOpen' | 'destroy'>;

/**
 * Destroys a cluster client of either library for good. npm `redis` may be reading the layout when it is destroyed, or
 * moving subscriptions; it then opens clients for all nodes, which nobody closes: they try to reconnect for ever, and the
 * process does not end. The cluster still tells of such clients, by `node-connect` or `node-reconnecting`.
 */
export function endCluster(cluster: ours.RedisClusterType): void {
  // What npm redis does when the cluster is closed already is no matter of these tests.
  if (cluster.isOpen) cluster.destroy();
  // It finds that a client which it has just opened is gone.
  cluster.on('error', () => undefined);
  const endLeftOvers = (): void => {
    const nodes = [...cluster.nodeByAddress.values(), cluster.pubSubNode] as readonly ({ client?: Ended; pubSub?: { client?: Ended } } | undefined)[];
    for (const one of nodes.flatMap((node) => [node?.client, node?.pubSub?.client])) if (one?.isOpen === true) one.destroy();
  };
  cluster.on('node-connect', endLeftOvers).on('node-reconnecting', endLeftOvers);
}
