/**
 * The contenders: the clients that run, their settings, and the workloads they take part in.
 *
 * Every adapter module exports the same interface:
 * - `load(entry)` loads the library; `entry` is the path or name to require;
 * - `open(library, target)` returns a connected client of the library;
 * - `connect(library, target)` returns a client with `get set hGetAll lRange mGet getBuffer hashField hashSize close`,
 *   and `cacheStats` if its settings turn on a client-side cache;
 * - `subscribe(library, target, channel, listener)` returns a subscriber with `close`;
 * - `connectCluster(library, {nodes, settings})` returns a client of a cluster with `get set close`, and with `mGet`, `mSet`
 *   (of pairs) and `pipeline` (GETs of the given keys) if it can use several slots at once;
 * - `pool(library, target, size)`, if the library has pools, returns a pool of `size` connections with `get` and
 *   `close`.
 *
 * `target` is `{host, port, ca?, settings}`: `ca` turns on TLS, `settings` are those of the contender.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const BENCH = fileURLToPath(new URL('..', import.meta.url));
const ROOT = path.dirname(path.resolve(BENCH));

/** Contenders in the order of the tables. `only` restricts a contender to some workloads. */
export const CONTENDERS = [
  { name: 'oxredis', label: 'oxredis', adapter: 'node-redis', entry: path.join(ROOT, 'index.js'), directory: ROOT },
  {
    name: 'oxredis-busy', label: 'oxredis, busy-poll 60 µs', adapter: 'node-redis', entry: path.join(ROOT, 'index.js'),
    directory: ROOT, settings: { socket: { busyPoll: 60 } }, only: ['seq', 'pipe10'], variant: true
  },
  {
    name: 'oxredis-pump', label: 'oxredis, pump transport', adapter: 'node-redis', entry: path.join(ROOT, 'index.js'),
    directory: ROOT, settings: { socket: { transport: 'pump' } }, except: ['tls100'], variant: true
  },
  rival('redis', 'redis', 'node-redis', 'redis'),
  rival('redis-notimeout', 'redis, timeouts off', 'node-redis', 'redis', { commandOptions: { timeout: undefined } }),
  rival('ioredis', 'ioredis', 'ioredis', 'ioredis'),
  rival('ioredis-auto', 'ioredis, auto-pipelining', 'ioredis', 'ioredis', { enableAutoPipelining: true }),
  rival('glide', 'valkey-glide', 'glide', '@valkey/valkey-glide')
];

/** Another build of this package to compare with, in a clone whose folder is the value of `OXREDIS_BENCH_BEFORE`. */
const before = process.env.OXREDIS_BENCH_BEFORE;
if (before) {
  const directory = path.resolve(before);
  CONTENDERS.push({ name: 'before', label: 'oxredis, the other build', adapter: 'node-redis', entry: path.join(directory, 'index.js'), directory, variant: true });
}

function rival(name, label, adapter, entry, settings) {
  return { name, label, adapter, entry, directory: path.join(BENCH, 'node_modules', entry), settings };
}

/** Whether a contender takes part in a workload. */
export function takesPart(contender, workload) {
  if (workload.contenders && !workload.contenders.includes(contender.name)) return false;
  if (contender.only && !contender.only.includes(workload.name)) return false;
  return !contender.except?.includes(workload.name);
}

/** Returns the version of the contender's package, or undefined if it is not installed. */
export function versionOf(contender) {
  const manifest = path.join(contender.directory, 'package.json');
  return existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')).version : undefined;
}

/** Returns the absolute path of the module to require (rivals are in bench/node_modules). Throws if it is missing. */
export function entryOf(contender) {
  return require.resolve(contender.entry);
}
