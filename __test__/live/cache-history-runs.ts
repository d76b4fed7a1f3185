/** Writers and caching readers of a few keys at random, while connections are killed; `cache-history.ts` judges what is read. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClientSideCacheConfig, ClientSideCacheProvider, RedisClientType } from '../../lib';
import type { ServerVersion } from '../support/server-program';
import { Floor, History, Turnstile, randomly, type Value } from './cache-history';
import { poolStage, type Pool, type PoolStage } from './pool-stage';
import { liveStage, until, type LiveStage } from './stage';

const WRITES_EACH = 400;
const READS_EACH = 6000;
const POOLED = 3;

/** What the readers and writers use of a client or a pool. */
type Commands = Pick<RedisClientType, 'get' | 'mGet' | 'hGetAll' | 'set' | 'del' | 'incr' | 'mSet' | 'hSet' | 'expire' | 'flushAll'>;

interface Reader {
  readonly name: string;
  readonly cache: ClientSideCacheProvider;
  readonly floor: Floor;
  /** Reads, through the cache if the mode has it so. */
  readonly reads: Commands;
  readonly writes: Commands;
  /** Returns when a command has been to the server and back on every connection. */
  roundTrip(): Promise<unknown>;
  /** Set for the one that changes its database. */
  readonly client?: RedisClientType;
  database: number;
}

interface Scene {
  readonly stage: LiveStage;
  readonly history: History;
  readonly turnstile: Turnstile;
  readonly random: (below: number) => number;
  readonly readers: Reader[];
}

/** Keys of each writer. `x…` is outside of the prefixes. */
const keysOf = (writer: number): string[] => [`k${writer}a`, `k${writer}b`, `k${writer}c`, `x${writer}`];
const hashOf = (writer: number): string => `kh${writer}`;
const inDatabase = (database: number, key: string): string => `${database}/${key}`;

export function historyTests(version?: ServerVersion): void {
  const stage = liveStage({ version });
  const pools = poolStage(stage);
  const MODES: Record<string, ClientSideCacheConfig> = {
    'default': {},
    'default, with few entries': { maxEntries: 8 },
    'broadcast': { mode: 'broadcast' },
    'broadcast with prefixes': { mode: 'broadcast', prefixes: ['k'] },
    'opt-in': { mode: 'opt-in' },
    'opt-out': { mode: 'opt-out' },
  };
  let seed = 0;
  for (const [name, config] of Object.entries(MODES)) {
    const own = ++seed;
    test(`history: ${name}`, () => run(stage, pools, config, own));
  }
}

async function run(stage: LiveStage, pools: PoolStage, config: ClientSideCacheConfig, seed: number): Promise<void> {
  await stage.server.command('FLUSHALL');
  const history = new History();
  const readers = [
    await clientReader(stage, config, 'reader'),
    { ...await clientReader(stage, config, 'wanderer'), client: undefined as RedisClientType | undefined },
    await poolReader(pools, config),
  ] as (Reader & { client?: RedisClientType })[];
  const wanderer = readers[1] as Reader & { client?: RedisClientType; reads: RedisClientType; writes: RedisClientType };
  wanderer.client = wanderer.writes;
  const scene: Scene = { stage, history, turnstile: new Turnstile(), random: randomly(seed), readers };
  for (const reader of readers) listen(reader, history);
  const plain = await stage.connected();
  const other = await stage.connected({ database: 1 });
  // 0 and 1 through clients without a cache, 2 and 3 through a client and a pool that read, too.
  const writers = [
    write(scene, 0, plain, 0), write(scene, 1, other, 1),
    write(scene, 2, (readers[0] as Reader).writes, 0, (readers[0] as Reader).floor),
    write(scene, 3, (readers[2] as Reader).writes, 0, (readers[2] as Reader).floor),
  ];
  const reading = readers.flatMap((reader) => Array.from({ length: reader.client === undefined ? 3 : 1 }, () => read(scene, reader)));
  const all = Promise.all([...writers, ...reading]);
  const kills = await killSome(scene, all);
  await all;
  await settle(scene);
  const hits = readers.map(({ name, cache }) => [name, cache.stats().hitCount] as const);
  assert.ok(history.checked > 3 * READS_EACH, `${history.checked} values were checked`);
  assert.ok(history.writes > 3 * WRITES_EACH, `${history.writes} writes`);
  assert.ok(kills > 0);
  // The statistics of a client's own cache begin anew with each connection.
  for (const [name, count] of hits) assert.ok(count > 100, `${name}: ${count} hits`);
  for (const reader of readers) (reader.writes as unknown as { destroy(): void }).destroy();
}

async function clientReader(stage: LiveStage, config: ClientSideCacheConfig, name: string): Promise<Reader> {
  const client = await stage.connected({ name: 'victim', clientSideCache: config });
  const reads = config.mode === 'opt-in' ? client.withCache() : client;
  const cache = client.clientSideCache as ClientSideCacheProvider;
  return { name, cache, floor: new Floor(), reads, writes: client, roundTrip: () => client.ping(), database: 0 };
}

async function poolReader(pools: PoolStage, config: ClientSideCacheConfig): Promise<Reader> {
  const pool: Pool = await pools.connected({ minimum: POOLED, maximum: POOLED, acquireTimeout: 0, clientSideCache: config }, { name: 'victim' });
  const reads = config.mode === 'opt-in' ? pool.withCache() : pool;
  const cache = pool.clientSideCache as ClientSideCacheProvider;
  // Two of them at once could wait for one another, each with some of the members.
  let turn: Promise<unknown> = Promise.resolve();
  const roundTrip = (): Promise<unknown> => (turn = turn.then(() => pingAll(pool), () => pingAll(pool)));
  return {
    name: 'pool', cache, floor: new Floor(), reads: reads as unknown as Commands, writes: pool as unknown as Commands, database: 0, roundTrip,
  };
}

/** All members at once: each is held until all have been there and back. @throws Error if one is lost meanwhile */
async function pingAll(pool: Pool): Promise<void> {
  let arrived = 0;
  let open!: () => void;
  const all = new Promise<void>((resolve) => {
    open = resolve;
  });
  const one = (): Promise<unknown> => pool.execute(async (member) => {
    try {
      await member.ping();
    } finally {
      if (++arrived === POOLED) open();
      await all;
    }
  });
  const done = await Promise.allSettled(Array.from({ length: POOLED }, one));
  if (done.some(({ status }) => status === 'rejected')) throw new Error('one of them was lost');
}

/** What was announced is known: of this key in every database, or of all keys. */
function listen({ cache, floor }: Reader, history: History): void {
  cache.on('invalidate', (key: Buffer | null) => {
    const time = history.tick();
    if (key === null) floor.raise(time);
    else for (const database of [0, 1]) floor.raiseKey(inDatabase(database, key.toString()), time);
  });
}

/** One writer's share of the writes. Those that are lost with their connection may have happened or not. */
async function write({ history, turnstile, random, stage }: Scene, writer: number, client: Commands, database: number, floor?: Floor): Promise<void> {
  const keys = keysOf(writer);
  const full = (key: string): string => inDatabase(database, key);
  for (let count = 0; count < WRITES_EACH; count++) {
    const key = keys[random(keys.length)] as string;
    const put = (values: Record<string, Value>, act: () => Promise<unknown>): Promise<void> =>
      history.write(new Map(Object.entries(values).map(([name, value]) => [full(name), value])), act, floor);
    const fresh = history.fresh.bind(history);
    const one = async (): Promise<void> => {
      switch (random(12)) {
        case 0: return put({ [key]: null }, () => client.del(key));
        case 1: return put({ [key]: null }, () => client.expire(key, 0));
        case 2: case 3: {
          const [a, b] = [fresh(full(keys[0] as string)), fresh(full(keys[1] as string))];
          return put({ [keys[0] as string]: a, [keys[1] as string]: b }, () => client.mSet({ [keys[0] as string]: a, [keys[1] as string]: b }));
        }
        case 4: case 5: {
          const value = fresh(full(hashOf(writer)));
          return put({ [hashOf(writer)]: value }, () => client.hSet(hashOf(writer), 'field', value));
        }
        case 6: case 7:
          if (history.canIncrement(full(key))) return put({ [key]: fresh(full(key)) }, () => client.incr(key));
      }
      const value = fresh(full(key));
      return put({ [key]: value }, () => client.set(key, value));
    };
    const flush = (): Promise<void> => history.write(new Map(history.keys().map((name) => [name, null])), () => stage.server.command('FLUSHALL'));
    const turn = random(100) === 0 ? turnstile.alone(flush) : turnstile.together(one);
    await turn.catch(expectLoss);
    if (random(3) === 0) await new Promise(setImmediate);
  }
}

/** One loop of reads. */
async function read(scene: Scene, reader: Reader): Promise<void> {
  const { history, random } = scene;
  const { floor, reads } = reader;
  for (let count = 0; count < READS_EACH; count++) {
    const writer = random(4);
    const keys = keysOf(writer);
    const key = keys[random(keys.length)] as string;
    const full = (name: string): string => inDatabase(reader.database, name);
    const check = (names: string[], act: () => Promise<Value[]>): Promise<void> => history.read(names.map(full), floor, act, reader.name);
    switch (random(40)) {
      case 0: {
        // What was written before it begins will have been announced when it is over.
        const time = history.tick();
        await reader.roundTrip().then(() => floor.raise(time), () => undefined);
        break;
      }
      case 1:
        await new Promise(setImmediate);
        break;
      case 2:
        if (reader.client !== undefined) {
          const database = 1 - reader.database;
          await reader.client.select(database).then(() => {
            reader.database = database;
          }, expectLoss);
        }
        break;
      default:
        await (random(4) === 0 ? check(keys, () => reads.mGet(keys))
        : random(4) === 0 ? check([hashOf(writer)], async () => [(await reads.hGetAll(hashOf(writer))).field ?? null])
        : check([key], async () => [await reads.get(key)])).catch(expectLoss);
    }
  }
}

function expectLoss(error: Error): void {
  if (!/^(Socket closed unexpectedly|.*ECONNRESET.*)$/.test(error.message)) throw error;
}

/** Kills a connection of a reader now and then, until `all` is done. */
async function killSome({ stage, random }: Scene, all: Promise<unknown>): Promise<number> {
  let done = false;
  all.finally(() => {
    done = true;
  }).catch(() => undefined);
  let kills = 0;
  while (!done && kills < 8) {
    const list = String(await stage.server.command('CLIENT', 'LIST', 'TYPE', 'normal'));
    const ids = [...list.matchAll(/^id=(\d+) .*name=victim/gm)].map(([, id]) => id as string);
    const id = ids[random(ids.length)];
    if (id !== undefined) kills += await stage.server.command('CLIENT', 'KILL', 'ID', id).catch(() => 0) as number;
    for (let turn = 0; turn < 60 && !done; turn++) await new Promise(setImmediate);
  }
  return kills;
}

/** When all is quiet and announced, every cache gives what is there. */
async function settle({ history, readers }: Scene): Promise<void> {
  for (const reader of readers) {
    const { floor, reads, name, roundTrip } = reader;
    await until(() => roundTrip().then(() => true, () => false), 'a round trip');
    floor.raise(history.tick());
    for (let round = 0; round < 60; round++) {
      const keys = keysOf(round % 4);
      const full = keys.map((key) => inDatabase(reader.database, key));
      await history.read(full, floor, () => reads.mGet(keys), name);
      for (const [index, key] of keys.entries()) {
        await history.read([full[index] as string], floor, async () => [await reads.get(key)], name);
      }
    }
  }
}
