/**
 * Measures what routing costs: CPU per command of a cluster client less that of a single client, both of oxredis, on the
 * same node with the same keys. Both are in one process and take turns, so that whatever slows the machine down meets both.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { slotOf } from './cluster-server.mjs';
import * as data from './dataset.mjs';

const execute = promisify(execFile);
const WORKER = fileURLToPath(new URL('routing-worker.mjs', import.meta.url));

/**
 * @param entry the module of the client
 * @param nodes of the cluster
 * @param turns how often each client is measured
 * @returns {Promise<{single: number, cluster: number, cost: number}>} in ns of CPU per command, over all threads
 */
export async function routingCost(entry, nodes, turns, progress) {
  progress.step('cost of routing');
  const keys = Array.from({ length: data.CLUSTER_KEYS }, (_, i) => i).filter(i => slotOf(data.clusterKey(i)) < Math.floor(16_384 / nodes.length));
  const { stdout } = await execute(process.execPath, ['--expose-gc', WORKER], {
    env: { ...process.env, OXREDIS_BENCH_ROUTING: JSON.stringify({ entry, nodes, keys, turns }) }
  });
  return JSON.parse(stdout);
}
