/** Runs the measurement of routing.mjs: prints the cost as JSON. */
import { createRequire } from 'node:module';
import * as data from './dataset.mjs';
import { quantile } from './statistics.mjs';

const LOOPS = 100;
const PER_TURN = 20_000;
const WARM_UP = 5;
/**
 * Disturbances only ever add to the CPU of a turn, so the lower turns tell the cost. Not the lowest: that is luck.
 */
const SHARE = 0.25;

const { entry, nodes, keys: numbers, turns } = JSON.parse(process.env.OXREDIS_BENCH_ROUTING);
const library = createRequire(import.meta.url)(entry);
const keys = numbers.map(i => data.clusterKey(i));
const values = numbers.map(i => data.valueOf(i, data.SMALL_LENGTH));

const fail = error => setImmediate(() => { throw error; });
const single = await library.createClient({ socket: nodes[0] }).on('error', fail).connect();
const cluster = await library.createCluster({ rootNodes: [{ socket: nodes[0] }] }).on('error', fail).connect();

/** Returns ns of CPU per command. */
async function turn(client) {
  globalThis.gc();
  let left = PER_TURN / 2;
  const loop = async () => {
    while (left-- > 0) {
      const i = Math.floor(Math.random() * keys.length);
      if (await client.get(keys[i]) !== values[i]) throw new Error('wrong reply to get');
      if (await client.set(keys[i], values[i]) !== 'OK') throw new Error('wrong reply to set');
    }
  };
  const before = process.cpuUsage();
  await Promise.all(Array.from({ length: LOOPS }, loop));
  const { user, system } = process.cpuUsage(before);
  return (user + system) * 1000 / PER_TURN;
}

const samples = { single: [], cluster: [] };
for (let i = -WARM_UP; i < turns; i++) {
  const order = i % 2 === 0 ? ['single', 'cluster'] : ['cluster', 'single'];
  for (const name of order) {
    const cost = await turn(name === 'single' ? single : cluster);
    if (i >= 0) samples[name].push(cost);
  }
}
await Promise.all([single.close(), cluster.close()]);
const [one, other] = [samples.single, samples.cluster].map(costs => quantile(costs, SHARE));
console.log(JSON.stringify({ single: one, cluster: other, cost: other - one }));
