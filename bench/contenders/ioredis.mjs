/** Adapter for `ioredis`. */
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

/** Returns a connected client of the library. */
export async function open(library, { host, port, ca, settings = {} }) {
  const Redis = library.Redis ?? library.default ?? library;
  const client = new Redis({ host, port, lazyConnect: true, ...(ca ? { tls: { ca } } : {}), ...settings });
  client.on('error', fail);
  await client.connect();
  return client;
}

export async function connect(library, target) {
  const client = await open(library, target);
  return {
    get: key => client.get(key),
    set: (key, value) => client.set(key, value),
    hGetAll: key => client.hgetall(key),
    lRange: key => client.lrange(key, 0, -1),
    mGet: keys => client.mget(keys),
    getBuffer: key => client.getBuffer(key),
    hashField: (hash, field) => hash[field],
    hashSize: hash => Object.keys(hash).length,
    close: () => client.quit()
  };
}

export async function connectCluster(library, { nodes, settings }) {
  const cluster = new library.Cluster(nodes, { lazyConnect: true, ...settings });
  cluster.on('error', fail);
  await cluster.connect();
  return {
    get: key => cluster.get(key),
    set: (key, value) => cluster.set(key, value),
    close: () => cluster.quit()
  };
}

export async function subscribe(library, target, channel, listener) {
  const client = await open(library, target);
  client.on('message', (_, message) => listener(message));
  await client.subscribe(channel);
  return { close: () => client.disconnect() };
}
