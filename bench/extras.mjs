/** Measurements besides the workloads: cold `require`, idle connections, size of the native addon. */
import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { promisify } from 'node:util';
import { entryOf } from './contenders/index.mjs';
import { Contestant } from './contestant.mjs';
import { median } from './statistics.mjs';

const execute = promisify(execFile);

/**
 * By adapter, code that creates a first client without connecting it: some libraries load their native part only then.
 */
const FIRST_CLIENT = {
  'node-redis': 'library.createClient()',
  ioredis: 'new (library.Redis ?? library)({ lazyConnect: true })',
  glide: 'library.GlideClient'
};

const TIMED_REQUIRE = first => `
const start = process.hrtime.bigint();
const library = require(process.argv[1]);
${first};
process.stdout.write(String(Number(process.hrtime.bigint() - start) / 1e6));
process.exit();`;

const LOADED_ADDONS = first => `
const before = new Set(process.report.getReport().sharedObjects);
const library = require(process.argv[1]);
${first};
const added = process.report.getReport().sharedObjects.filter(file => !before.has(file) && file.endsWith('.node'));
process.stdout.write(JSON.stringify(added));
process.exit();`;

async function node(script, contender) {
  const { stdout } = await execute(process.execPath, ['-e', script(FIRST_CLIENT[contender.adapter]), entryOf(contender)]);
  return stdout;
}

/**
 * Measures the time of `require` and creating a first client, in fresh processes, with contenders alternating. Returns
 * contender → median in ms.
 */
export async function coldRequire(contenders, times, progress) {
  const samples = new Map(contenders.map(({ name }) => [name, []]));
  for (let i = 0; i < times; i++) {
    for (const contender of contenders) {
      progress.step(`cold require: ${contender.name}`);
      samples.get(contender.name).push(Number(await node(TIMED_REQUIRE, contender)));
    }
  }
  return new Map([...samples].map(([name, values]) => [name, median(values)]));
}

/** Returns contender → total size in bytes of the addons that it loads (0: pure JavaScript). */
export async function binarySizes(contenders, progress) {
  const sizes = new Map();
  for (const contender of contenders) {
    progress.step(`binary size: ${contender.name}`);
    const files = JSON.parse(await node(LOADED_ADDONS, contender));
    sizes.set(contender.name, files.reduce((sum, file) => sum + statSync(file).size, 0));
  }
  return sizes;
}

/**
 * Measures resident memory of idle connections, with a fresh process per contender. Returns contender → bytes per
 * connection.
 */
export async function idleConnections(contenders, target, count, progress) {
  const memory = new Map();
  for (const contender of contenders) {
    progress.step(`${count} idle connections: ${contender.name}`);
    const contestant = new Contestant(contender);
    try {
      await contestant.ask('connect', { target });
      memory.set(contender.name, (await contestant.ask('idle', { count })).perConnection);
    } catch (error) {
      throw new Error(`${contender.name} failed with ${count} idle connections: ${error.message}`);
    } finally {
      await contestant.stop();
    }
  }
  return memory;
}
