/** Starts a cluster of three primaries for the benchmark, and fills it with data. */
import { startPrivateCluster } from '../tools/private-cluster.mjs';
import { clusterSeedCommands } from './dataset.mjs';
import { sendAll } from './raw-connection.mjs';

/** CRC-16/XMODEM of a key without a hash tag, as the slot of that key. */
export function slotOf(key) {
  let crc = 0;
  for (const byte of Buffer.from(key)) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ 0x1021;
  }
  return (crc & 0xffff) % 16_384;
}

/**
 * Starts primaries without replicas, and writes the keys of the cluster's workloads.
 * @returns {Promise<{nodes: {host: string, port: number}[], stop(): Promise<void>}>}
 */
export async function startCluster(primaries) {
  const cluster = await startPrivateCluster({ primaries, replicas: 0 });
  const { nodes } = cluster;
  // The slots are dealt out evenly, in the order of the nodes.
  const ownerOf = key => nodes.findIndex((_, i) => slotOf(key) < Math.round(16_384 * (i + 1) / primaries));
  try {
    const commands = nodes.map(() => []);
    for (const command of clusterSeedCommands()) commands[ownerOf(command[1])].push(command);
    await Promise.all(nodes.map((node, i) => sendAll(node, commands[i])));
  } catch (error) {
    await cluster.stop();
    throw error;
  }
  return cluster;
}
