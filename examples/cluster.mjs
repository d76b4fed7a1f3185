/**
 * A cluster. `npm start -- cluster` starts one of three primaries and three replicas; for one of your own:
 *
 *   REDIS_CLUSTER_URLS=redis://host:7000,redis://host:7001 node examples/cluster.mjs
 */
import { createCluster } from '../index.js'; // from 'oxredis' in a project of your own

const urls = (process.env.REDIS_CLUSTER_URLS ?? 'redis://localhost:7000').split(',');
const cluster = createCluster({
  rootNodes: urls.map((url) => ({ url })), // some of the nodes: the client asks them for the others
  readFrom: 'preferReplica', // reads go to replicas; 'primary' is the default
});
cluster.on('error', (error) => console.error('error:', error.message));
await cluster.connect();
console.log('primaries:', cluster.masters.length, 'replicas:', cluster.replicas.length);

// Each command goes to the node that owns the hash slot of its key; those with many keys are split.
const users = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`example:user:${i}`, `name ${i}`]));
await cluster.mSet(users);
const names = await cluster.withCommandOptions({ readFrom: 'primary' }).mGet(Object.keys(users)); // replicas lag behind
console.log('mGet:', names.length, names[999]);

// Keys with the same text in braces share a slot, and so may share a transaction.
console.log('multi:', await cluster.multi().set('{example:cart}:sum', 10).incrBy('{example:cart}:sum', 5).exec());
const refused = await cluster.multi().incr('example:a').incr('example:b').exec().catch((error) => error);
console.log('several slots:', refused.cause.code);
console.log('pipeline:', await cluster.multi().incr('example:a').incr('example:b').execAsPipeline()); // any slots

// Commands without keys that concern all nodes go to all of them.
let found = 0;
for await (const keys of cluster.scanIterator({ MATCH: 'example:user:*', COUNT: 500 })) found += keys.length;
console.log('scanned:', found >= 1000);

// A sharded channel lives on the nodes that own its slot.
const heard = new Promise((resolve) => {
  void cluster.sSubscribe('example:news', resolve).then(() => cluster.sPublish('example:news', 'hello'));
});
console.log('heard:', await heard);

// A replica takes over while counters count. No command fails, and none is run twice.
const counters = Array.from({ length: 20 }, (_, i) => `example:count:${i}`);
let isOver = false;
let counted = 0;
const counting = Promise.all(counters.map(async (key) => {
  while (!isOver) {
    await cluster.incr(key);
    counted += 1;
  }
}));
const { replicas: [replica] } = cluster.slots[0];
await (await cluster.nodeClient(replica)).sendCommand(['CLUSTER', 'FAILOVER']);
while (cluster.slots[0].master.address !== replica.address) await cluster.ping();
isOver = true;
await counting;
const sums = await cluster.withCommandOptions({ readFrom: 'primary' }).mGet(counters);
console.log('failover:', sums.reduce((sum, value) => sum + Number(value), 0) === counted);

await cluster.del([...Object.keys(users), ...counters, 'example:a', 'example:b', '{example:cart}:sum']);
await cluster.close();
