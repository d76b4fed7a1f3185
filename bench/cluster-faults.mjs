/**
 * What clients of a cluster make of failovers, dead and hanging primaries, slots and nodes that move, and close(): exact
 * figures of the scenarios that the tests judge with allowances.
 *
 *   node bench/cluster-faults.mjs [--clients oxredis,redis,ioredis,glide] [--scenarios kill,pause] [--server redis-8] [--seed 1]
 *
 * Each row has a cluster and a process of its own. Rivals are those of bench/node_modules (`npm run bench` installs them).
 */
import { fork } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { main, setup } from '../tools/setup.mjs';
import { CLIENTS, open } from './cluster-contestants.mjs';
import { versionOf } from './contenders/index.mjs';

const require = createRequire(import.meta.url);
const SELF = fileURLToPath(import.meta.url);
const TESTS = path.join(path.dirname(SELF), '..', 'dist-test', '__test__', 'cluster');
const NODE_TIMEOUT = 1500;
/** One row takes so long only if it hangs, ms. */
const HANG = 300_000;

/** Loads a compiled module of the tests. */
const tests = name => require(path.join(TESTS, `${name}.js`));

/**
 * Each scenario gives the load that it ran under, and figures: how long after the servers the client was back, or its
 * longest gap, in ms.
 */
const SCENARIOS = {
  failover: {
    title: 'CLUSTER FAILOVER of each primary',
    async run(cluster, client, options) {
      const { load, gaps } = await tests('scenarios/outages').failOverAll(cluster, client, options);
      return { load, gap: Math.max(...gaps) };
    }
  },
  kill: { title: 'SIGKILL of a primary', nodeTimeout: NODE_TIMEOUT, run: (cluster, client, options) => outage(cluster, client, options, 'kill') },
  pause: { title: 'SIGSTOP of a primary, 8 s', nodeTimeout: NODE_TIMEOUT, run: (cluster, client, options) => outage(cluster, client, options, 'pause', 8000) },
  reshard: {
    title: '1,000 slots move there and back',
    run: (cluster, client, options) => tests('scenarios/moves').reshard(cluster, client, 1000, options)
  },
  relocation: {
    title: 'all nodes on new ports, in turn',
    async run(cluster, client, options) {
      const { load, gaps } = await tests('scenarios/moves').relocateOneByOne(cluster, client, options);
      return { load, gap: Math.max(...gaps) };
    }
  },
  mapped: {
    title: 'all nodes on new ports at once, behind a map', replicas: 0, mapped: true,
    async run(cluster, client, options) {
      const { load, servedAt, backAt } = await tests('scenarios/moves').relocateBehindMap(cluster, client, options);
      return { load, back: backAt - servedAt };
    }
  },
  close: {
    title: 'close() with 2,000 commands issued',
    async run(cluster, client, options) {
      const load = await tests('scenarios/outages').startLoad(cluster, client, options);
      await load.during(500);
      load.cease();
      load.burst(2000);
      await client.close();
      await load.settle();
      return { load };
    }
  }
};

async function outage(cluster, client, options, kind, ...more) {
  const outages = tests('scenarios/outages');
  const load = await outages.startLoad(cluster, client, options);
  const { replacedAt, backAt, since, others } = await outages[kind](cluster, load, await cluster.ownerOf(0), ...more);
  await load.stop();
  return { load, back: backAt - replacedAt, p99: load.recording.p99(others, since, backAt) };
}

/** Runs one scenario with one client and gives the row of the table. */
async function play(name, contender, { server, seed }) {
  const scenario = SCENARIOS[name];
  const { TestCluster } = tests('servers/test-cluster');
  const { nodeTimeout, replicas } = scenario;
  const cluster = await TestCluster.start({ version: server, ...(nodeTimeout && { nodeTimeout }), ...(replicas !== undefined && { replicas }) });
  try {
    const map = scenario.mapped ? tests('servers/restarts').addressMap(cluster) : undefined;
    const client = await open(contender, cluster.live.map(({ port }) => ({ host: '127.0.0.1', port })), map);
    const { load, back, gap, p99 } = await scenario.run(cluster, client, { seed });
    client.destroy();
    const { describeFailures } = tests('history/recording');
    const { violations, unsettled, recording } = load;
    const count = pattern => violations.filter(text => pattern.test(text)).length;
    return {
      commands: recording.operations.length, failed: describeFailures(recording), back, gap, p99, unsettled,
      lost: count(/lost/), twice: count(/twice/), wrong: violations.length - count(/lost|twice/)
    };
  } finally {
    await cluster.stop();
  }
}

/** Plays in a process of its own, so that what a client leaves behind or throws is its own affair. */
function playApart(name, client, options) {
  return new Promise(resolve => {
    const child = fork(SELF, ['--play', JSON.stringify({ name, client, options })], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    let row;
    let text = '';
    const timer = setTimeout(() => child.kill('SIGKILL'), HANG);
    child.stderr.on('data', chunk => { text = (text + chunk).slice(-2000); });
    child.on('message', message => { row = message; });
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      resolve(row ?? { error: `ended with ${signal ?? code} ${text.split('\n').find(line => /Error/.test(line)) ?? ''}` });
    });
  });
}

function rowOf({ error, commands, failed, back, gap, p99, lost, twice, wrong, unsettled }) {
  if (error) return error;
  const ms = value => value === undefined ? '–' : `${Math.round(value)} ms`;
  const cells = [commands, `failed: ${failed}`, `back ${ms(back)}`, `gap ${ms(gap)}`, `p99 of others ${ms(p99)}`];
  return [...cells, `lost ${lost}, twice ${twice}, otherwise wrong ${wrong}, unsettled ${unsettled}`].join(' · ');
}

const args = process.argv.slice(2);
const argument = (name, otherwise) => args.includes(`--${name}`) ? args[args.indexOf(`--${name}`) + 1] : otherwise;

async function report() {
  await setup(['npm', 'addon', 'ts', 'tests', 'server']);
  const clients = argument('clients', Object.keys(CLIENTS).join(',')).split(',');
  const scenarios = argument('scenarios', Object.keys(SCENARIOS).join(',')).split(',');
  const options = { server: argument('server', 'default'), seed: Number(argument('seed', 1)) };
  for (const name of scenarios) {
    if (!SCENARIOS[name]) throw new Error(`no scenario is called ${name}; there are ${Object.keys(SCENARIOS).join(', ')}`);
    console.log(`\n${SCENARIOS[name].title}`);
    for (const client of clients) {
      const contender = CLIENTS[client];
      if (!contender) throw new Error(`no client is called ${client}; there are ${Object.keys(CLIENTS).join(', ')}`);
      const version = versionOf(contender);
      if (!version) console.log(`  ${client.padEnd(8)} is not installed`);
      else if (SCENARIOS[name].mapped && contender.mapsNothing) console.log(`  ${client.padEnd(8)} has no address map`);
      else console.log(`  ${client.padEnd(8)} ${rowOf(await playApart(name, client, options))}`);
    }
  }
}

if (args[0] === '--play') {
  const { name, client, options } = JSON.parse(args[1]);
  const row = await play(name, CLIENTS[client], options);
  process.send(row, () => process.exit(0));
} else {
  await main(report);
}
