/** Adapter for clients with the API of npm `redis` 6: `redis` itself and oxredis. */
import { createRequire } from 'node:module';

/**
 * A lost connection ends the benchmark. The error is thrown outside of the client, so that the client cannot catch it.
 */
function fail(error) {
  setImmediate(() => { throw error; });
}

export function load(entry) {
  return createRequire(import.meta.url)(entry);
}

function optionsFor({ host, port, ca, settings = {} }) {
  const socket = { host, port, ...settings.socket };
  if (ca) Object.assign(socket, { tls: true, ca });
  return { ...settings, socket };
}

/** Returns a connected client of the library. */
export async function open(library, target) {
  const client = library.createClient(optionsFor(target));
  client.on('error', fail);
  await client.connect();
  return client;
}

export async function connect(library, target) {
  const client = await open(library, target);
  const bytes = client.withTypeMapping({ [library.RESP_TYPES.BLOB_STRING]: Buffer });
  return {
    get: key => client.get(key),
    set: (key, value) => client.set(key, value),
    hGetAll: key => client.hGetAll(key),
    lRange: key => client.lRange(key, 0, -1),
    mGet: keys => client.mGet(keys),
    getBuffer: key => bytes.get(key),
    hashField: (hash, field) => hash[field],
    hashSize: hash => Object.keys(hash).length,
    cacheStats: () => client.clientSideCache.stats(),
    close: () => client.close()
  };
}

export async function pool(library, target, size) {
  const made = library.createClientPool(optionsFor(target), { minimum: size, maximum: size });
  made.on('error', fail);
  await made.connect();
  return { get: key => made.get(key), close: () => made.close() };
}

export async function connectCluster(library, { nodes, settings }) {
  const cluster = library.createCluster({ rootNodes: nodes.map(socket => ({ socket })), ...settings });
  cluster.on('error', fail);
  await cluster.connect();
  return {
    get: key => cluster.get(key),
    set: (key, value) => cluster.set(key, value),
    mGet: keys => cluster.mGet(keys),
    mSet: pairs => cluster.mSet(pairs),
    pipeline: keys => keys.reduce((multi, key) => multi.get(key), cluster.multi()).execAsPipeline(),
    close: () => cluster.close()
  };
}

export async function subscribe(library, target, channel, listener) {
  const client = await open(library, target);
  await client.subscribe(channel, listener);
  return { close: () => client.destroy() };
}
