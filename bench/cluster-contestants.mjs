/**
 * Cluster clients behind the interface of `__test__/cluster/history/contestant.ts`, with `close` and `destroy`. All have
 * their default options.
 */
import { createRequire } from 'node:module';
import { CONTENDERS } from './contenders/index.mjs';

const require = createRequire(import.meta.url);
const contender = name => CONTENDERS.find(one => one.name === name);

/** The clients in the order of the tables. */
export const CLIENTS = {
  oxredis: { ...contender('oxredis'), make: nodeRedis },
  redis: { ...contender('redis'), make: nodeRedis },
  ioredis: { ...contender('ioredis'), make: ioredis },
  glide: { ...contender('glide'), make: glide, mapsNothing: true }
};

/**
 * Opens a client of a cluster.
 * @param roots `{ host, port }` of its nodes
 * @param map gives the real address of an announced one, if they differ
 */
export function open({ entry, make }, roots, map) {
  return make(require(require.resolve(entry)), roots, map);
}

async function nodeRedis(library, roots, map) {
  const rootNodes = roots.map(socket => ({ socket }));
  const cluster = library.createCluster({ rootNodes, ...(map && { nodeAddressMap: map }) });
  cluster.on('error', () => {});
  await cluster.connect();
  return cluster;
}

/** ioredis does not split commands: keys of one hash tag go together. */
async function ioredis(library, roots, map) {
  const cluster = new library.Cluster(roots, { lazyConnect: true, ...(map && { natMap: map }) });
  cluster.on('error', () => {});
  await cluster.connect();
  return {
    get: key => cluster.get(key),
    set: (key, value) => cluster.set(key, value),
    incr: key => cluster.incr(key),
    mGet: async keys => (await Promise.all(byTag(keys).map(some => cluster.mget(some)))).flat(),
    mSet: values => Promise.all(byTag(Object.keys(values)).map(keys => cluster.mset(Object.fromEntries(keys.map(key => [key, values[key]]))))),
    eval: (script, { keys, arguments: more }) => cluster.eval(script, keys.length, ...keys, ...more),
    multi: () => chain(cluster.multi(), async multi => (await multi.exec()).map(([error, reply]) => {
      if (error) throw error;
      return reply;
    })),
    close: () => cluster.quit(),
    destroy: () => cluster.disconnect()
  };
}

async function glide(library, roots) {
  library.Logger.setLoggerConfig('off');
  const client = await library.GlideClusterClient.createClient({ addresses: roots });
  return {
    get: key => client.get(key),
    set: (key, value) => client.set(key, value),
    incr: key => client.incr(key),
    mGet: keys => client.mget(keys),
    mSet: values => client.mset(values),
    eval: (script, { keys, arguments: more }) => client.customCommand(['EVAL', script, String(keys.length), ...keys, ...more]),
    multi: () => chain(new library.ClusterBatch(true), batch => client.exec(batch, true)),
    close: async () => client.close(),
    destroy: () => client.close()
  };
}

/** A MULTI whose commands have the names of npm redis. */
function chain(made, exec) {
  const wrapped = {};
  for (const name of ['set', 'get', 'incr']) {
    wrapped[name] = (...args) => {
      made[name](...args);
      return wrapped;
    };
  }
  wrapped.exec = () => exec(made);
  return wrapped;
}

/** Keys that are next to each other and have the same hash tag. */
function byTag(keys) {
  const groups = [];
  let last;
  for (const key of keys) {
    const [tag] = /\{.*?\}/.exec(key) ?? [key];
    if (tag !== last) groups.push([]);
    groups.at(-1).push(key);
    last = tag;
  }
  return groups;
}
