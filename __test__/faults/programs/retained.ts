/**
 * Keeps one string of each of many replies, and says how much memory that takes.
 *
 *   node --expose-gc retained.js <port>
 *
 * Prints a line for each kind of reply: the bytes of one kept string, the kind.
 */
import { createClient, RESP_TYPES, type RedisClientType } from '../../../lib';

const REPLIES = 4000;
const AT_ONCE = 50;

/** A text of 20 characters. */
const text = (name: string, i: number): string => `${name}:${i}:`.padEnd(20, 'x');
/** Enough of them for several KB. */
const ITEMS = 200;

type Read = (client: RedisClientType) => Promise<unknown>;

const atPlace = (list: unknown, at: number): unknown => (list as unknown[])[at];
const mapped = (client: RedisClientType, type: number, as: unknown): RedisClientType =>
  client.withTypeMapping({ [type]: as }) as unknown as RedisClientType;

/** Each gives one string of a reply. */
const READS: Record<string, Read> = {
  'element of a list': async (client) => (await client.lRange('list', 0, -1))[100],
  'value of many': async (client) => (await client.mGet(Array.from({ length: ITEMS }, (_, i) => `key:${i}`)))[7],
  'value of a hash': async (client) => (await client.hGetAll('hash'))[text('field', 9)],
  'key of a hash': async (client) => Object.keys(await client.hGetAll('hash'))[9],
  'value of a Map': async (client) => (await mapped(client, RESP_TYPES.MAP, Map).hGetAll('hash') as unknown as Map<string, string>).get(text('field', 3)),
  'key of a Map': async (client) => [...(await mapped(client, RESP_TYPES.MAP, Map).hGetAll('hash') as unknown as Map<string, string>).keys()][5],
  'value of a flat map': async (client) => atPlace(await mapped(client, RESP_TYPES.MAP, Array).hGetAll('hash'), 11),
  'member of a set': async (client) => (await client.sMembers('set'))[1],
  'member of a Set': async (client) => [...(await mapped(client, RESP_TYPES.SET, Set).sMembers('set') as unknown as Set<string>)][1],
  'field of a stream': async (client) => (await client.xRange('stream', '-', '+'))?.[30]?.message[text('field', 0)],
  'id of a stream': async (client) => (await client.xRange('stream', '-', '+'))?.[30]?.id,
  'member of a sorted set': async (client) => (await client.zRangeWithScores('sorted', 0, -1))[50]?.value,
  'short value': (client) => client.get('short'),
  'value': (client) => client.get('key:1'),
  'long mixed element': async (client) => (await client.lRange('mixed', 0, -1))[101],
};

async function fill(client: RedisClientType): Promise<void> {
  await client.flushAll();
  const numbers = Array.from({ length: ITEMS }, (_, i) => i);
  await Promise.all(numbers.map((i) => client.set(`key:${i}`, text('value', i))));
  await client.set('short', 'abc');
  await client.rPush('list', numbers.map((i) => text('item', i)));
  await client.rPush('mixed', numbers.map((i) => (i % 2 === 0 ? `${i}` : text('item', i))));
  await client.sAdd('set', numbers.map((i) => text('member', i)));
  await client.zAdd('sorted', numbers.map((i) => ({ score: i, value: text('member', i) })));
  await client.hSet('hash', Object.fromEntries(numbers.map((i) => [text('field', i), text('value', i)])));
  for (const i of numbers) await client.xAdd('stream', '*', { [text('field', 0)]: text('value', i) });
}

function heap(): number {
  for (let turn = 0; turn < 3; turn++) globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

/** Bytes for each kept string. */
async function retained(client: RedisClientType, read: Read): Promise<number> {
  for (let i = 0; i < 300; i++) await read(client);
  const kept = new Array<unknown>(REPLIES).fill('');
  const before = heap();
  for (let i = 0; i < REPLIES; i += AT_ONCE) {
    await Promise.all(Array.from({ length: AT_ONCE }, async (_, at) => {
      kept[i + at] = await read(client);
    }));
  }
  const bytes = (heap() - before) / REPLIES;
  if (!kept.every((one) => typeof one === 'string' && one.length > 0)) throw new Error('no string');
  return bytes;
}

async function main([port]: string[]): Promise<void> {
  const client = createClient({ socket: { host: '127.0.0.1', port: Number(port) } }) as unknown as RedisClientType;
  client.on('error', (error) => {
    throw error;
  });
  await client.connect();
  await fill(client);
  // What the client and the engine make once is made here.
  for (const read of Object.values(READS).slice(0, 3)) await retained(client, read);
  for (const [kind, read] of Object.entries(READS)) {
    // Code that is compiled meanwhile counts, too, but only once.
    const turns = [await retained(client, read), await retained(client, read)];
    console.log(`${Math.round(Math.min(...turns))} ${kind}`);
  }
  await client.close();
}

void main(process.argv.slice(2));
