/**
 * Runs one contender in a process of its own, controlled over IPC: `{id, action, ...}` in, `{id, result}` or `{id,
 * error}` out. Run with --expose-gc, so that each workload starts with an empty heap.
 */
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { WORKLOADS } from './workloads.mjs';
import { CONTENDERS, entryOf } from './contenders/index.mjs';

const contender = CONTENDERS.find(({ name }) => name === process.argv[2]);
const adapter = await import(`./contenders/${contender.adapter}.mjs`);
let library;
let context;

/** The context of a workload: a connected client, and functions that open more of them. */
function makeContext(client, { host, port, tls, cluster, scale }) {
  const target = { host, port, settings: contender.settings };
  let secure;
  let caching;
  const cachingSettings = { ...contender.settings, clientSideCache: { maxEntries: 10_000 } };
  let pooled;
  let clustered;
  const more = [];
  return {
    client,
    scale,
    target: { host, port },
    secureClient: () => secure ??= adapter.connect(library, { ...target, port: tls.port, ca: tls.ca }),
    cachingClient: () => caching ??= adapter.connect(library, { ...target, settings: cachingSettings }),
    clusterClient: () => clustered ??= adapter.connectCluster(library, { nodes: cluster.nodes, settings: contender.settings }),
    clientPool: size => pooled ??= adapter.pool(library, target, size),
    subscribe: (channel, listener) => adapter.subscribe(library, target, channel, listener),
    async pool(size) {
      while (more.length < size) more.push(await adapter.connect(library, target));
      return more.slice(0, size);
    },
    async close() {
      await Promise.all([client, await secure, await caching, await pooled, await clustered, ...more].map(one => one?.close()));
    }
  };
}

/** Runs one workload for `ms` milliseconds. Returns times in ms, CPU of all threads in µs, memory in bytes. */
async function run({ workload: name, ms }) {
  const workload = WORKLOADS.find(one => one.name === name);
  await workload.prepare?.(context);
  globalThis.gc();
  const clock = { stopped: false };
  const delay = workload.delay ? monitorEventLoopDelay({ resolution: 1 }) : undefined;
  setTimeout(() => { clock.stopped = true; }, ms);
  delay?.enable();
  const cpuBefore = process.cpuUsage();
  const start = performance.now();
  const operations = await workload.run(context, clock);
  const elapsed = performance.now() - start;
  const cpu = process.cpuUsage(cpuBefore);
  delay?.disable();
  return {
    operations, elapsed, cpu: cpu.user + cpu.system,
    delayP99: delay && delay.percentile(99) / 1e6, rss: process.memoryUsage.rss()
  };
}

/** Returns resident memory in bytes per connection, with `count` idle connections beyond the first. */
async function idle({ count }) {
  const rss = async () => {
    for (let i = 0; i < 3; i++) {
      globalThis.gc();
      await new Promise(resolve => setTimeout(resolve, 50));
    }
    return process.memoryUsage.rss();
  };
  const { host, port } = context.target;
  const open = [];
  const before = await rss();
  while (open.length < count) open.push(await adapter.open(library, { host, port, settings: contender.settings }));
  const after = await rss();
  return { before, after, perConnection: (after - before) / count };
}

const actions = {
  async connect({ target }) {
    library = adapter.load(entryOf(contender));
    const before = process.memoryUsage.rss();
    context = makeContext(await adapter.connect(library, { ...target, settings: contender.settings }), target);
    globalThis.gc();
    return { rssLoaded: before, rss: process.memoryUsage.rss() };
  },
  run,
  idle,
  memory() {
    globalThis.gc();
    return { rss: process.memoryUsage.rss(), peak: process.resourceUsage().maxRSS * 1024 };
  },
  async close() {
    await context?.close();
  }
};

function fail(id, error) {
  process.send({ id, error: error?.stack ?? String(error) });
}

process.on('uncaughtException', error => fail(undefined, error));
process.on('disconnect', () => process.exit());
process.on('message', message => {
  Promise.resolve().then(() => actions[message.action](message))
    .then(result => process.send({ id: message.id, result }), error => fail(message.id, error));
});
process.send({ ready: true });
