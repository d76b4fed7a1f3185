/** Workloads on a cluster of three primaries: random keys, so that all nodes are in use all the time. */
import * as data from './dataset.mjs';
import { loops } from './loops.mjs';

const KEYS = Array.from({ length: data.CLUSTER_KEYS }, (_, i) => data.clusterKey(i));
const VALUES = KEYS.map((_, i) => data.valueOf(i, data.SMALL_LENGTH));

const random = () => Math.floor(Math.random() * KEYS.length);

function expect(right, what, reply) {
  if (!right) throw new Error(`wrong reply from the cluster to ${what}: ${String(reply).slice(0, 60)}`);
}

function pairs(count) {
  return async (context, clock) => {
    const client = await context.clusterClient();
    const one = async () => {
      const i = random();
      const value = await client.get(KEYS[i]);
      expect(value === VALUES[i], 'get', value);
      const answer = await client.set(KEYS[i], VALUES[i]);
      expect(answer === 'OK', 'set', answer);
    };
    return 2 * await loops(count, clock, one, () => {});
  };
}

/** Runs `send(client, numbers of keys)` with keys drawn anew each time. */
function several(count, keys, send) {
  return async (context, clock) => {
    const client = await context.clusterClient();
    const one = () => send(client, Array.from({ length: keys }, random));
    return loops(count, clock, one, () => {});
  };
}

const multiGets = keys => several(10, keys, async (client, numbers) => {
  const values = await client.mGet(numbers.map(i => KEYS[i]));
  expect(values.length === numbers.length && numbers.every((i, at) => values[at] === VALUES[i]), 'mGet', values);
});

const multiSets = keys => several(10, keys, async (client, numbers) => {
  const answer = await client.mSet(numbers.map(i => [KEYS[i], VALUES[i]]));
  expect(answer === 'OK', 'mSet', answer);
});

const pipelines = keys => several(10, keys, async (client, numbers) => {
  const values = await client.pipeline(numbers.map(i => KEYS[i]));
  expect(values.length === numbers.length && numbers.every((i, at) => values[at] === VALUES[i]), 'a pipeline', values);
});

async function burst(context, clock) {
  const client = await context.clusterClient();
  const size = Math.round(10_000 * context.scale);
  let done = 0;
  do {
    const values = await Promise.all(Array.from({ length: size }, (_, i) => client.get(KEYS[i % KEYS.length])));
    expect(values.every((value, i) => value === VALUES[i % VALUES.length]), 'a burst', values);
    done += size;
  } while (!clock.stopped);
  return done;
}

const prepare = context => context.clusterClient();
const ALL = ['oxredis', 'redis', 'redis-notimeout', 'ioredis', 'ioredis-auto', 'glide', 'before'];
/** ioredis does not split commands over slots. */
const SPLITTING = ALL.filter(name => !name.startsWith('ioredis'));
/** The pipelines of npm redis and ioredis are for one node. */
const PIPELINING = ['oxredis', 'glide', 'before'];

const onCluster = (name, title, contenders, run) =>
  ({ name, title: `cluster: ${title}`, contenders, prepare, run, needsCluster: true, share: 0.4 });

/** `share`: the part of the time of a workload that each of these gets. */
export const CLUSTER_WORKLOADS = [
  onCluster('cluster100', '100 concurrent loops of GET and SET, random keys', ALL, pairs(100)),
  onCluster('cluster1000', '1,000 concurrent loops of GET and SET, random keys', ALL, pairs(1000)),
  onCluster('cluster-burst', '10,000 GETs of different keys in one Promise.all', ALL, burst),
  onCluster('cluster-mget20', '10 concurrent loops of MGET, 20 random keys', SPLITTING, multiGets(20)),
  onCluster('cluster-mget100', '10 concurrent loops of MGET, 100 random keys', SPLITTING, multiGets(100)),
  onCluster('cluster-mset20', '10 concurrent loops of MSET, 20 random keys', SPLITTING, multiSets(20)),
  onCluster('cluster-pipe', '10 concurrent loops of a pipeline of 100 GETs, random keys', PIPELINING, pipelines(100))
];
