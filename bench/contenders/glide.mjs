/** Adapter for `@valkey/valkey-glide`. */
import { createRequire } from 'node:module';

export function load(entry) {
  const library = createRequire(import.meta.url)(entry);
  library.Logger.setLoggerConfig('off'); // by default it logs an error when a subscriber closes
  return library;
}

/**
 * Two limits are raised, because with their defaults (250 ms per request, 1,000 requests in flight) workloads would
 * fail early instead of measuring speed.
 */
const LIMITS = { requestTimeout: 10_000, inflightRequestsLimit: 20_000 };

function optionsFor({ host, port, ca, settings = {} }) {
  return {
    addresses: [{ host, port }],
    ...LIMITS,
    ...(ca ? { useTLS: true, advancedConfiguration: { tlsAdvancedConfiguration: { rootCertificates: ca } } } : {}),
    ...settings
  };
}

/** Returns a connected client of the library. */
export async function open(library, target) {
  return library.GlideClient.createClient(optionsFor(target));
}

export async function connect(library, target) {
  const client = await open(library, target);
  const asBytes = { decoder: library.Decoder.Bytes };
  return {
    get: key => client.get(key),
    set: (key, value) => client.set(key, value),
    hGetAll: key => client.hgetall(key),
    lRange: key => client.lrange(key, 0, -1),
    mGet: keys => client.mget(keys),
    getBuffer: key => client.get(key, asBytes),
    hashField: (hash, field) => hash.find(entry => entry.field === field)?.value,
    hashSize: hash => hash.length,
    close: async () => client.close()
  };
}

export async function connectCluster(library, { nodes, settings }) {
  const cluster = await library.GlideClusterClient.createClient({ addresses: nodes, ...LIMITS, ...settings });
  return {
    get: key => cluster.get(key),
    set: (key, value) => cluster.set(key, value),
    mGet: keys => cluster.mget(keys),
    mSet: pairs => cluster.mset(pairs.map(([key, value]) => ({ key, value }))),
    pipeline: keys => cluster.exec(keys.reduce((batch, key) => batch.get(key), new library.ClusterBatch(false)), true),
    close: async () => cluster.close()
  };
}

export async function subscribe(library, target, channel, listener) {
  const client = await library.GlideClient.createClient({
    ...optionsFor(target),
    protocol: library.ProtocolVersion.RESP3,
    pubsubSubscriptions: {
      channelsAndPatterns: {
        [library.GlideClientConfiguration.PubSubChannelModes.Exact]: new Set([channel])
      },
      callback: ({ message }) => listener(message)
    }
  });
  return { close: () => client.close() };
}
