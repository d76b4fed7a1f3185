/**
 * Measures the memory of a process that reads a million distinct keys through a client-side cache of 10 MB.
 *
 *   node bench/cache-memory.mjs [--keys 1000000] [--rounds 3] [--libraries oxredis,redis]
 *
 * With npm redis a million cache misses take about 20 s, and each round makes three million.
 *
 * Each round runs in a process of its own and makes the same reads three times: twice through a cache of 100 entries,
 * then through the large cache. The third run is compared with the second one, by resident memory at the end and by its
 * maximum.
 */
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { median } from './statistics.mjs';
import { startServer } from './server.mjs';

const require = createRequire(import.meta.url);
const execute = promisify(execFile);
const FILE = fileURLToPath(import.meta.url);
const LIBRARIES = { oxredis: fileURLToPath(new URL('../index.js', import.meta.url)), redis: 'redis' };

/** The `maxBytes` of the cache. */
export const BOUND = 10 * 1024 * 1024;
const SMALL = { maxEntries: 100 };
const CONCURRENCY = 200;
const PER_SCRIPT = 10_000;

/** Values of 8 to 1,000 bytes, most of them short. */
const FILL = `for i = ARGV[1], ARGV[1] + ${PER_SCRIPT - 1} do
  redis.call('SET', 'key:' .. i, string.rep('v', ({8, 24, 100, 24, 300, 8, 1000, 60})[i % 8 + 1]))
end`;

/** Reads keys `0` to `count - 1`, and calls `each` after every 10,000. */
async function readAll(client, count, each) {
  let next = 0;
  await Promise.all(Array.from({ length: CONCURRENCY }, async () => {
    while (next < count) {
      const key = next++;
      await client.get(`key:${key}`);
      if (key % 10_000 === 0) each();
    }
  }));
}

/** Runs in the child process: returns the figures of one library, in bytes. */
async function measureHere(library, port, count, maxEntries) {
  const { createClient } = require(LIBRARIES[library]);
  const connect = clientSideCache => createClient({ RESP: 3, socket: { port, host: '127.0.0.1' }, clientSideCache }).on('error', () => {}).connect();
  const settle = async () => {
    for (let turn = 0; turn < 5; turn++) {
      globalThis.gc();
      await new Promise(resolve => setTimeout(resolve, 20));
    }
  };
  /**
   * Makes the reads once. Returns the maximum of resident memory, and its size when everything is settled and the cache
   * still exists.
   */
  const pass = async config => {
    const client = await connect(config);
    let most = 0;
    await readAll(client, count, () => {
      most = Math.max(most, process.memoryUsage.rss());
    });
    await settle();
    const after = process.memoryUsage.rss();
    const entries = client.clientSideCache.size();
    await client.close();
    return { after, most: Math.max(most, after), entries };
  };
  await pass(SMALL);
  const small = await pass(SMALL);
  const large = await pass(library === 'oxredis' ? { maxBytes: BOUND } : { maxEntries });
  return { before: small.after, after: large.after, mostBefore: small.most, most: large.most, entries: large.entries };
}

async function measureInChild(library, port, count, maxEntries) {
  const args = ['--expose-gc', FILE, '--child', library, String(port), String(count), String(maxEntries)];
  const { stdout } = await execute(process.execPath, args);
  return JSON.parse(stdout);
}

/**
 * @param {number} count number of distinct keys
 * @param {number} rounds processes per library
 * @param {string[]} libraries names, oxredis first
 * @returns library → medians of `{before, after, growth, mostBefore, most, peak, entries}`, sizes in bytes; npm redis
 *   gets as many entries as oxredis had
 */
export async function cacheMemory(count, rounds, libraries, step = () => {}) {
  const server = await startServer();
  const results = new Map();
  try {
    const { createClient } = require(LIBRARIES.oxredis);
    const filler = await createClient({ socket: { port: server.port, host: server.host } }).connect();
    for (let start = 0; start < count; start += PER_SCRIPT) await filler.eval(FILL, { arguments: [String(start)] });
    await filler.close();
    for (const library of libraries) {
      const all = [];
      for (let round = 0; round < rounds; round++) {
        step(`memory of a cache: ${library}`);
        const one = await measureInChild(library, server.port, count, results.get('oxredis')?.entries ?? 0);
        all.push({ ...one, growth: one.after - one.before, peak: one.most - one.mostBefore });
      }
      results.set(library, Object.fromEntries(Object.keys(all[0]).map(key => [key, median(all.map(one => one[key]))])));
    }
  } finally {
    await server.stop();
  }
  return results;
}

async function main() {
  const { values } = parseArgs({ options: { keys: { type: 'string', default: '1000000' }, rounds: { type: 'string', default: '3' }, libraries: { type: 'string', default: 'oxredis' } } });
  const megabytes = bytes => `${(bytes / 2 ** 20).toFixed(1)} MB`;
  for (const [library, { before, after, mostBefore, most, growth, peak, entries }] of await cacheMemory(Number(values.keys), Number(values.rounds), values.libraries.split(','))) {
    console.log(`${library}: ${entries} entries; settled ${megabytes(before)} before and ${megabytes(after)} with the cache: ${megabytes(growth)}; `
      + `at most ${megabytes(mostBefore)} and ${megabytes(most)}: ${megabytes(peak)}`);
  }
}

if (process.argv[2] === '--child') {
  const [library, port, count, maxEntries] = process.argv.slice(3);
  console.log(JSON.stringify(await measureHere(library, Number(port), Number(count), Number(maxEntries))));
} else if (process.argv[1] === FILE) {
  await main();
}
