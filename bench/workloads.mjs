/**
 * The workloads. `run(context, clock)` works until `clock.stopped` and returns the number of operations; it checks
 * every reply and throws if one is wrong. `prepare(context)` opens connections before the clock starts. `contenders`
 * lists those that can run the workload, unless all can.
 */
import { CACHE_WORKLOADS } from './cache-workloads.mjs';
import { CLUSTER_WORKLOADS } from './cluster-workloads.mjs';
import * as data from './dataset.mjs';
import { loops } from './loops.mjs';
import { encode } from './raw-connection.mjs';
import net from 'node:net';

/** In the order of the tables. */
export const WORKLOADS = [
  { name: 'seq', title: 'one awaited GET after another', run: gets(1, data.smallKey, data.SMALL_LENGTH) },
  { name: 'pipe10', title: '10 concurrent loops of GET and SET, 16 bytes', run: pairs(10) },
  { name: 'pipe100', title: '100 concurrent loops of GET and SET, 16 bytes', run: pairs(100) },
  { name: 'pipe1000', title: '1,000 concurrent loops of GET and SET, 16 bytes', run: pairs(1000) },
  { name: 'burst', title: '10,000 GETs in one Promise.all', run: burst },
  { name: 'get1k', title: '100 concurrent loops of GET, 1 KB values', run: gets(100, data.kiloKey, data.KILO_LENGTH) },
  { name: 'get1000', title: '1,000 concurrent loops of GET, 16 bytes', run: gets(1000, data.smallKey, data.SMALL_LENGTH) },
  { name: 'hgetall', title: '10 concurrent loops of HGETALL, 50 fields', run: hashes(10) },
  { name: 'lrange', title: '10 concurrent loops of LRANGE, 1,000 strings', run: lists(10) },
  { name: 'mget100', title: '10 concurrent loops of MGET, 100 keys', run: multiGets(10) },
  { name: 'get1mb', title: '4 concurrent loops of GET, 1 MB as a string', run: megaGets(4, 'get', text => text) },
  { name: 'get1mb-buffer', title: 'the same as a Buffer', run: megaGets(4, 'getBuffer', bytes => bytes.latin1Slice()) },
  { name: 'set1mb', title: '4 concurrent loops of SET, 1 MB', run: megaSets(4) },
  {
    name: 'mixed10', title: '10 connections, 20 concurrent loops of GET each',
    prepare: context => context.pool(10), run: manyConnections
  },
  {
    name: 'pool1000', title: 'a client pool of 10 connections, 1,000 concurrent loops of GET',
    contenders: ['oxredis', 'redis', 'redis-notimeout'], // the others have no pools
    prepare: context => context.clientPool(10), run: clientPool
  },
  {
    name: 'tls100', title: 'pipe100 over TLS', needsTls: true,
    prepare: context => context.secureClient(), run: pairs(100, context => context.secureClient())
  },
  { name: 'pubsub', title: '100,000 messages received by one subscriber', run: fanIn },
  {
    name: 'delay64k', title: '100 concurrent loops of GET, 64 KB values', delay: true,
    run: gets(100, data.blockKey, data.BLOCK_LENGTH)
  },
  ...CACHE_WORKLOADS,
  ...CLUSTER_WORKLOADS
];

function expect(right, workload, reply) {
  if (right) return;
  const shown = typeof reply === 'string' ? reply.slice(0, 60) : Object.prototype.toString.call(reply);
  throw new Error(`wrong reply in ${workload}: ${shown}`);
}

function gets(count, keyOf, length) {
  const keys = Array.from({ length: count }, (_, i) => keyOf(i));
  const values = keys.map((_, i) => data.valueOf(i, length));
  return ({ client }, clock) => loops(count, clock, i => client.get(keys[i]),
    (i, reply) => expect(reply === values[i], 'get', reply));
}

function pairs(count, clientOf = context => context.client) {
  const keys = Array.from({ length: count }, (_, i) => data.smallKey(i));
  const values = keys.map((_, i) => data.valueOf(i, data.SMALL_LENGTH));
  return async (context, clock) => {
    const client = await clientOf(context);
    let done = 0;
    const loop = async i => {
      do {
        const value = await client.get(keys[i]);
        expect(value === values[i], 'get', value);
        const answer = await client.set(keys[i], values[i]);
        expect(answer === 'OK', 'set', answer);
        done += 2;
      } while (!clock.stopped);
    };
    await Promise.all(keys.map((_, i) => loop(i)));
    return done;
  };
}

async function burst({ client, scale }, clock) {
  const size = Math.round(10_000 * scale);
  const keys = Array.from({ length: data.LOOPS }, (_, i) => data.smallKey(i));
  const values = keys.map((_, i) => data.valueOf(i, data.SMALL_LENGTH));
  let done = 0;
  do {
    const pending = new Array(size);
    for (let i = 0; i < size; i++) pending[i] = client.get(keys[i % data.LOOPS]);
    const replies = await Promise.all(pending);
    for (let i = 0; i < size; i++) expect(replies[i] === values[i % data.LOOPS], 'burst', replies[i]);
    done += size;
  } while (!clock.stopped);
  return done;
}

function hashes(count) {
  const lastField = data.fieldName(data.HASH_FIELDS - 1);
  const lastValue = data.fieldValue(data.HASH_FIELDS - 1);
  return async ({ client }, clock) => {
    const check = (_, hash) => expect(client.hashField(hash, lastField) === lastValue, 'hGetAll', hash);
    const first = await client.hGetAll(data.HASH_KEY);
    expect(client.hashSize(first) === data.HASH_FIELDS, 'hGetAll', first);
    for (let i = 0; i < data.HASH_FIELDS; i++) {
      expect(client.hashField(first, data.fieldName(i)) === data.fieldValue(i), 'hGetAll', first);
    }
    return loops(count, clock, () => client.hGetAll(data.HASH_KEY), check);
  };
}

/** The first array is compared completely, the others by length, first and last item. */
function arrays(count, workload, expected, send) {
  const last = expected.length - 1;
  return async ({ client }, clock) => {
    const first = await send(client);
    expect(first.length === expected.length && expected.every((item, i) => item === first[i]), workload, first);
    return loops(count, clock, () => send(client), (_, items) => expect(
      items.length === expected.length && items[0] === expected[0] && items[last] === expected[last], workload, items));
  };
}

function lists(count) {
  const items = Array.from({ length: data.LIST_ITEMS }, (_, i) => data.listItem(i));
  return arrays(count, 'lRange', items, client => client.lRange(data.LIST_KEY));
}

function multiGets(count) {
  const keys = Array.from({ length: data.MGET_KEYS }, (_, i) => data.smallKey(i));
  const values = keys.map((_, i) => data.valueOf(i, data.SMALL_LENGTH));
  return arrays(count, 'mGet', values, client => client.mGet(keys));
}

function megaGets(count, method, textOf) {
  const expected = data.valueOf(0, data.MEGA_LENGTH);
  return async ({ client }, clock) => {
    const first = await client[method](data.MEGA_KEY);
    expect(textOf(first) === expected, method, first);
    const end = first.length - 1;
    return loops(count, clock, () => client[method](data.MEGA_KEY), (_, reply) => expect(
      reply.length === expected.length && reply[0] === first[0] && reply[end] === first[end], method, reply));
  };
}

function megaSets(count) {
  return async ({ client }, clock) => {
    const value = data.valueOf(0, data.MEGA_LENGTH);
    const done = await loops(count, clock, () => client.set('mega:written', value),
      (_, answer) => expect(answer === 'OK', 'set', answer));
    const written = await client.get('mega:written');
    expect(written === value, 'set', written);
    return done;
  };
}

async function manyConnections(context, clock) {
  const clients = await context.pool(10);
  const run = gets(20, data.smallKey, data.SMALL_LENGTH);
  const done = await Promise.all(clients.map(client => run({ client }, clock)));
  return done.reduce((sum, count) => sum + count, 0);
}

async function clientPool(context, clock) {
  const client = await context.clientPool(10);
  return gets(1000, data.smallKey, data.SMALL_LENGTH)({ client }, clock);
}

/** The server itself publishes, a thousand messages per EVAL, so that only the receiver limits the rate. */
async function fanIn({ subscribe, target, scale }) {
  const total = Math.round(100_000 * scale);
  const batch = 1000;
  const script = "for i = ARGV[1], ARGV[1] + ARGV[2] - 1 do redis.call('PUBLISH', KEYS[1], 'message with the number ' .. i) end";
  const channel = 'bench:channel';
  let next = 0;
  let publisher;
  let subscriber;
  try {
    await new Promise((resolve, reject) => {
      const onMessage = message => {
        if (message !== `message with the number ${next}`) reject(new Error(`message ${next} was ${message}`));
        if (++next === total) resolve();
      };
      const publish = () => {
        publisher = net.connect(target, () => {
          for (let i = 0; i < total; i += batch) {
            publisher.write(encode(['EVAL', script, '1', channel, String(i), String(Math.min(batch, total - i))]));
          }
        });
        publisher.on('error', reject);
        publisher.resume();
      };
      subscribe(channel, onMessage).then(made => { subscriber = made; publish(); }).catch(reject);
    });
  } finally {
    publisher?.destroy();
    subscriber?.close();
  }
  return total;
}
