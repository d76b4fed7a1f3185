/**
 * Moves the memory of every larger Buffer that it gets to somebody else, who writes over it, while later replies are under way.
 * Every value says which one it is.
 *
 *   node --expose-gc transfers.js <port> <transport> <checks> <seed>
 */
import { once } from 'node:events';
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import { createClient, RESP_TYPES, type RedisClientType } from '../../../lib';

/** Smaller ones lie in Node's own pool, which must not be moved away. */
const OWN_MEMORY = Buffer.poolSize >>> 1;
const LENGTHS = [0, 1, 12, 13, 100, 5000, 70_000, 131_072, 300_000];
/** An array with this is received into a block that outgrows every pool. */
const HUGE = 5 * 1024 * 1024;

const MAPPING = { [RESP_TYPES.BLOB_STRING]: Buffer };
type Way = (bytes: Buffer, expected: Buffer) => void;

let checks = 0;
let seed = 1;

function random(below: number): number {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return Math.floor(seed / 2 ** 32 * below);
}

/** A value that says which one it is at every place. */
function valueOf(name: string, length: number): Buffer {
  return Buffer.alloc(length, `<${name}:${length}>`);
}

function check(bytes: Buffer, expected: Buffer): void {
  checks++;
  if (!bytes.equals(expected)) {
    throw new Error(`got ${bytes.length} bytes ${bytes.toString('latin1', 0, 30)}, not ${expected.length}: ${expected.toString('latin1', 0, 30)}`);
  }
}

/** Checks what has arrived, and writes over it. */
function ruin(moved: Uint8Array, expected: Buffer): void {
  check(Buffer.from(moved.buffer, moved.byteOffset, moved.length), expected);
  moved.fill(0xee);
}

/** A worker that writes over what it gets, and lets go of it. */
function startRuiner(): Worker {
  return new Worker(`
    const { parentPort } = require('node:worker_threads');
    parentPort.on('message', (message) => {
      if (message === 'end') process.exit(0);
      for (const part of [message].flat()) part.fill(0xdd);
    });`, { eval: true });
}

function waysTo(worker: Worker, port: MessagePort): Way[] {
  const ways: Way[] = [
    (bytes) => worker.postMessage(bytes, [bytes.buffer as ArrayBuffer]),
    (bytes) => port.postMessage(bytes, [bytes.buffer as ArrayBuffer]),
    (bytes, expected) => ruin(structuredClone(bytes, { transfer: [bytes.buffer as ArrayBuffer] }), expected),
  ];
  if ('transfer' in ArrayBuffer.prototype) {
    ways.push((bytes, expected) => {
      const { byteOffset, length } = bytes;
      const memory = (bytes.buffer as unknown as { transfer(): ArrayBuffer }).transfer();
      ruin(new Uint8Array(memory, byteOffset, length), expected);
      if (random(2) === 0) worker.postMessage(new Uint8Array(memory), [memory]);
    });
  }
  return ways;
}

/** Checks a value and gives it away. */
function taker(ways: readonly Way[]): (value: unknown, expected: Buffer) => void {
  return (value, expected) => {
    const bytes = value as Buffer;
    check(bytes, expected);
    if (bytes.length < OWN_MEMORY) return;
    (ways[random(ways.length)] as Way)(bytes, expected);
    if (random(200) === 0) globalThis.gc?.();
  };
}

type Take = ReturnType<typeof taker>;

/** Replies of all shapes in one pipeline; each is given away as soon as its promise is settled. */
async function pipelines(client: RedisClientType, take: Take): Promise<void> {
  const bytes = client.withTypeMapping(MAPPING);
  const names = LENGTHS.map((length) => `value:${length}`);
  const expected = LENGTHS.map((length, i) => valueOf(names[i] as string, length));
  const requests: Promise<void>[] = [];
  for (let i = 0; i < 12; i++) {
    const from = random(names.length);
    const some = names.slice(from);
    switch (random(8)) {
      case 0:
        requests.push(bytes.mGet(some).then((all) => all.forEach((one, at) => take(one, expected[from + at] as Buffer))));
        break;
      case 1:
        requests.push(bytes.lRange('list', from, -1).then((all) => all.forEach((one, at) => take(one, expected[from + at] as Buffer))));
        break;
      case 2:
        requests.push(bytes.hGetAll('hash').then((all) => names.forEach((name, at) => take(all[name], expected[at] as Buffer))));
        break;
      case 3:
        requests.push(bytes.mGet(['huge', names[from] as string]).then(([huge, small]) => {
          take(huge, valueOf('huge', HUGE));
          take(small, expected[from] as Buffer);
        }));
        break;
      default:
        requests.push(...some.map((name, at) => bytes.get(name).then((one) => take(one, expected[from + at] as Buffer))));
    }
    requests.push(client.get('value:100').then((text) => check(Buffer.from(text as string), valueOf('value:100', 100))));
  }
  await Promise.all(requests);
}

/** Messages that a listener gives away while others of the same piece are still to be read. */
async function messages(client: RedisClientType, listening: RedisClientType, take: Take): Promise<void> {
  const sent = Array.from({ length: 20 }, (_, i) => valueOf(`message:${i}`, LENGTHS[random(LENGTHS.length)] as number));
  let arrived = 0;
  let done: () => void;
  let failed: (error: unknown) => void;
  const all = new Promise<void>((resolve, reject) => {
    done = resolve;
    failed = reject;
  });
  await listening.subscribe('channel', (message) => {
    try {
      take(message, sent[arrived++] as Buffer);
      if (arrived === sent.length) done();
    } catch (error) {
      failed(error);
    }
  }, true);
  await Promise.all([all, ...sent.map((message) => client.publish('channel', message))]);
  await listening.unsubscribe('channel');
}

/** Equal reads that share one reply, and the replies that the cache gives later. */
async function cachedReads(client: RedisClientType, take: Take): Promise<void> {
  const bytes = client.withTypeMapping(MAPPING);
  const length = LENGTHS[random(LENGTHS.length)] as number;
  const name = `value:${length}`;
  for (let turn = 0; turn < 2; turn++) {
    await Promise.all(Array.from({ length: 4 }, () => bytes.get(name).then((one) => take(one, valueOf(name, length)))));
  }
  await client.set(name, valueOf(name, length));
}

async function main([port, transport, most, start]: string[]): Promise<void> {
  seed = Number(start);
  const socket = { host: '127.0.0.1', port: Number(port), transport: transport as 'uv' | 'pump' };
  const [plain, listening, cached] = [{}, {}, { clientSideCache: { ttl: 0, maxEntries: 0 } }].map((more) => {
    const client = createClient({ socket, ...more }) as unknown as RedisClientType;
    client.on('error', (error) => {
      throw error;
    });
    return client;
  }) as [RedisClientType, RedisClientType, RedisClientType];
  await Promise.all([plain, listening, cached].map((client) => client.connect()));
  for (const length of LENGTHS) {
    const value = valueOf(`value:${length}`, length);
    await Promise.all([plain.set(`value:${length}`, value), plain.rPush('list', value), plain.hSet('hash', `value:${length}`, value)]);
  }
  await plain.set('huge', valueOf('huge', HUGE));
  const worker = startRuiner();
  await once(worker, 'online');
  const { port1, port2 } = new MessageChannel();
  port2.on('message', (moved: Uint8Array) => moved.fill(0xcc));
  const take = taker(waysTo(worker, port1));
  while (checks < Number(most)) {
    await pipelines(plain, take);
    await messages(plain, listening, take);
    await cachedReads(cached, take);
  }
  port1.close();
  worker.postMessage('end');
  await Promise.all([once(worker, 'exit'), ...[plain, listening, cached].map((client) => client.close())]);
  console.log('done');
}

void main(process.argv.slice(2));
