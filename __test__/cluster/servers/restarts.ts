/** Nodes that come back elsewhere. */
import type { ClusterNode } from './cluster-node';
import type { TestCluster } from './test-cluster';

/**
 * Restarts all nodes, one after another, on new ports that they announce: a primary hands over to its replica first, so
 * that its slots are served all the time.
 */
export async function restartOneByOne(cluster: TestCluster, restarted?: (node: ClusterNode) => Promise<void> | void): Promise<void> {
  for (const node of cluster.nodes) {
    if ((await cluster.primaries()).includes(node)) await cluster.failOver(node);
    await node.shutDown(false);
    await node.moveToFreePorts();
    await node.start();
    await cluster.untilInOrder();
    await restarted?.(node);
  }
}

/**
 * Restarts all nodes at once with their data on new ports, while they go on telling the old ones: whoever wants to reach
 * them has to know better. Nodes must have no replicas: those believe what is told.
 * @returns when all were gone and when all was served again, on the clock of `performance.now()`
 */
export async function restartBehindMap(cluster: TestCluster): Promise<{ endedAt: number; servedAt: number }> {
  for (const node of cluster.nodes) node.announcedPort ??= node.port;
  await Promise.all(cluster.nodes.map((node) => node.shutDown(true)));
  const endedAt = performance.now();
  for (const node of cluster.nodes) {
    const { busPort } = node;
    await node.moveToFreePorts();
    // The nodes find each other where they were.
    node.busPort = busPort;
  }
  await Promise.all(cluster.nodes.map((node) => node.start()));
  await cluster.untilInOrder();
  return { endedAt, servedAt: performance.now() };
}

/** The addresses that the cluster tells, and where the nodes really are. */
export function addressMap(cluster: TestCluster): (address: string) => { host: string; port: number } | undefined {
  return (address) => {
    const node = cluster.nodes.find((one) => one.address === address);
    return node && { host: '127.0.0.1', port: node.port };
  };
}
