/** `npm run bench`: starts a server and the contenders, measures, and reports. */
import { mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { cacheMemory } from './cache-memory.mjs';
import { startCluster } from './cluster-server.mjs';
import { CONTENDERS, entryOf, versionOf } from './contenders/index.mjs';
import { seedCommands } from './dataset.mjs';
import { encodeCosts } from './encode.mjs';
import { binarySizes, coldRequire, idleConnections } from './extras.mjs';
import { installRivals } from './install.mjs';
import { measure, startAll, summarise } from './measure.mjs';
import { HELP, parseOptions } from './options.mjs';
import { Progress } from './progress.mjs';
import { sendAll } from './raw-connection.mjs';
import { markdownReport } from './report-markdown.mjs';
import { svgReport } from './report-svg.mjs';
import { printReport } from './report-terminal.mjs';
import { routingCost } from './routing.mjs';
import { startServer } from './server.mjs';
import { soak } from './soak.mjs';
import { typeCosts } from './types.mjs';
import { updateReadme } from '../tools/readme-benchmark.mjs';

const DOCS = new URL('../docs/', import.meta.url);

function describeMachine(server) {
  const cpus = os.cpus();
  return {
    cpu: cpus[0]?.model.trim() ?? 'unknown CPU', cores: cpus.length, memory: Math.round(os.totalmem() / 2 ** 30),
    system: `${os.type()} ${os.arch()}`, load: os.loadavg()[0].toFixed(1),
    node: process.version, server: server.version
  };
}

async function measureExtras(running, target, options, progress) {
  const contenders = running.map(({ contender }) => contender);
  const libraries = contenders.filter((one, i) => contenders.findIndex(other => other.entry === one.entry) === i);
  return {
    require: await coldRequire(libraries, options.smoke ? 1 : 15, progress),
    encode: await encodeCosts(options.smoke ? 1 : 5, options.smoke ? 1 : 100, progress),
    types: await typeCosts(options.smoke ? 1 : 9, progress),
    binary: await binarySizes(libraries, progress),
    idle: await idleConnections(libraries, target, options.smoke ? 10 : 1000, progress),
    cacheMemory: await cacheMemory(options.smoke ? 10_000 : 1_000_000, options.smoke ? 1 : 3, ['oxredis'], what => progress.step(what))
  };
}

function targetOf(server, cluster, scale) {
  return { host: server.host, port: server.port, tls: server.tls, cluster: cluster && { nodes: cluster.nodes }, scale };
}

async function runAll(options, server, cluster, progress) {
  const target = targetOf(server, cluster, options.scale);
  const machine = describeMachine(server);
  const { running, missing } = await startAll(options.contenders, target);
  const memory = new Map();
  let samples;
  try {
    const workloads = options.workloads.filter(({ needsTls }) => !needsTls || server.tls);
    if (workloads.length < options.workloads.length) console.log('No TLS: openssl or TLS in redis-server is missing.');
    progress.begin(options.steps(running.length, workloads.length));
    samples = await measure(running, workloads, options, progress);
    for (const contestant of running) {
      const { peak } = await contestant.ask('memory');
      memory.set(contestant.contender.name, { rss: contestant.connected.rss, peak });
    }
  } finally {
    await Promise.all(running.map(contestant => contestant.stop()));
  }
  const extras = options.extras ? await measureExtras(running, target, options, progress) : {};
  if (cluster && options.routingTurns > 0) {
    extras.routing = await routingCost(entryOf(CONTENDERS[0]), cluster.nodes, options.routingTurns, progress);
  }
  progress.end();
  const summary = new Map([...samples].map(([workload, of]) =>
    [workload, new Map([...of].map(([name, list]) => [name, summarise(list)]))]));
  const contenders = options.contenders.map(({ name, label, variant, ...rest }) =>
    ({ name, label, variant, version: versionOf(rest), missing: missing.get(name) }));
  return {
    date: new Date().toISOString().slice(0, 10), machine, settings: options, contenders, summary, samples, memory, ...extras
  };
}

function save(results, { write, json }) {
  const asObject = (_, value) => value instanceof Map ? Object.fromEntries(value) : value;
  if (json) writeFileSync(json, JSON.stringify({ ...results, settings: undefined }, asObject, 2));
  if (!write) return;
  mkdirSync(DOCS, { recursive: true });
  writeFileSync(new URL('benchmarks.md', DOCS), markdownReport(results));
  writeFileSync(new URL('benchmarks.svg', DOCS), svgReport(results));
  updateReadme();
  console.log('\nWrote docs/benchmarks.md, docs/benchmarks.svg and the figures of README.md.');
}

/** In a smoke run oxredis must take part; rivals may be missing if npm has no build of them for this platform. */
function smokeVerdict(results) {
  const broken = results.contenders.filter(({ name, missing }) => missing && name.startsWith('oxredis'));
  for (const { label, missing } of broken) console.error(`${label} cannot run: ${missing}`);
  return broken.length === 0;
}

async function main() {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) return void console.log(HELP);
  const soaking = options.soak !== undefined;
  if (soaking && !options.contendersGiven) options.contenders = options.contenders.filter(({ name }) => name === 'oxredis');
  const failure = await installRivals(options.contenders);
  if (failure) console.error(`The rivals could not be installed: ${failure}`);
  const server = await startServer();
  const cluster = options.workloads.some(({ needsCluster }) => needsCluster) ? await startCluster(3) : undefined;
  try {
    await sendAll(server, seedCommands());
    if (soaking) {
      const workloads = options.workloads.filter(({ name }) => options.only ? true : name === 'pipe1000');
      if (!await soak(options.contenders[0], workloads, targetOf(server, cluster, 1), options.soak)) process.exitCode = 1;
      return;
    }
    const results = await runAll(options, server, cluster, new Progress());
    printReport(results);
    save(results, options);
    if (options.smoke && !smokeVerdict(results)) process.exitCode = 1;
  } finally {
    await Promise.all([server.stop(), cluster?.stop()]);
  }
}

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));
main().catch(error => {
  console.error(`\nThe benchmark failed: ${error.message}`);
  process.exitCode = 1;
});
