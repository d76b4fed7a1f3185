/** How a provider of a user is called. */
import { setTimeout as turn } from 'node:timers/promises';
import type * as ours from '../../lib';
import { reply } from '../support/resp';
import { startScriptedServer } from '../support/scripted-server';
import { freePort } from '../support/free-port';
import { same, withServer, type Library, type Stage } from './compare';
import { providerClasses } from './map-cache';

withServer();

type HandleCache = Parameters<ours.ClientSideCacheProvider['handleCache']>;

/** A provider that keeps nothing and notes everything. */
function noting(lib: Library, note: Stage['note'], own: Partial<ours.ClientSideCacheProvider> = {}): ours.ClientSideCacheProvider {
  const { ClientSideCacheProvider, CacheStats } = providerClasses(lib);
  class Noting extends ClientSideCacheProvider {
    async handleCache(...[client, parser, fn, transformReply, typeMapping]: HandleCache): Promise<unknown> {
      note('handleCache', client, parser.redisArgs, parser.keys, parser.firstKey, parser.cacheKey, parser.commandIdentifier);
      note(client.isReady, client.socketEpoch, typeof transformReply, parser.preserve, typeMapping);
      const loaded = fn();
      note(loaded instanceof Promise);
      const raw = await loaded;
      note('raw', raw);
      return transformReply === undefined ? raw : transformReply(raw, parser.preserve, typeMapping) as unknown;
    }

    trackingOn(): string[] {
      return ['CLIENT', 'TRACKING', 'ON'];
    }

    invalidate(key: string | Buffer | null): void {
      note('invalidate', key);
    }

    clear(): void {
      note('clear');
    }

    stats(): ours.CacheStats {
      return CacheStats.empty();
    }

    size(): number {
      return 0;
    }

    onError(): void {
      note('onError');
    }

    onClose(): void {
      note('onClose');
    }
  }
  return Object.assign(new Noting(), own);
}

same('reads', async ({ lib, connected, note, server }) => {
  await server.command('HSET', 'h', 'a', '1');
  await server.command('ZADD', 'z', '1.5', 'm');
  const client = await connected({ clientSideCache: noting(lib, note), keyPrefix: '' });
  note(await client.get('none'), await client.hGetAll('h'), await client.zScore('z', Buffer.from('m')), await client.mGet(['a', 'b']));
  note(await client.geoSearchWith('none', { longitude: 1, latitude: 2 }, { radius: 1, unit: 'm' }, ['WITHDIST']));
  note(await client.set('k', 'v'), await client.ping());
});

same('commands of users say whether they may be cached, or are judged by their name', async ({ lib, connected, note, server }) => {
  await server.command('SET', 'k', 'v');
  const define = (words: string[], more: object = {}): object => ({
    parseCommand: (parser: ours.CommandParser, key: string) => {
      parser.push(...words);
      parser.pushKey(key);
    },
    transformReply: undefined,
    ...more,
  });
  const modules = {
    mine: {
      get: define(['GET']), lower: define(['get']), never: define(['GET'], { CACHEABLE: false }), always: define(['TTL'], { CACHEABLE: true }),
      encoding: define(['OBJECT', 'ENCODING']), usage: define(['MEMORY', 'USAGE']), unknown: define(['NOTHING']), write: define(['INCR']),
      readonly: define(['TTL'], { IS_READ_ONLY: true }),
    },
  };
  const client = await connected({ clientSideCache: noting(lib, note), modules: modules as unknown as ours.RedisModules });
  const { mine } = client as unknown as Record<string, Record<string, (key: string) => Promise<unknown>>>;
  for (const name of Object.keys(modules.mine)) {
    note(name);
    await mine?.[name]?.('k').catch(() => undefined);
  }
});

same('functions and scripts', async ({ lib, connected, note, server }) => {
  await server.command('FUNCTION', 'FLUSH');
  await server.command('FUNCTION', 'LOAD', '#!lua name=library\nredis.register_function{function_name="read", callback=function(keys) return redis.call("GET", keys[1]) end, flags={"no-writes"}}');
  const read = (more: object): object => ({
    NUMBER_OF_KEYS: 1, parseCommand: (parser: ours.CommandParser, key: string) => parser.pushKey(key), transformReply: undefined, ...more,
  });
  const options = {
    functions: { library: { read: read({ IS_READ_ONLY: true }) } },
    scripts: { mine: lib.defineScript(read({ SCRIPT: 'return redis.call("GET", KEYS[1])', IS_READ_ONLY: true, CACHEABLE: true }) as ours.RedisScripts[string]) },
  };
  const client = await connected({ clientSideCache: noting(lib, note), ...options as object });
  const own = client as unknown as {
    library: { read(key: string): Promise<unknown> }; mine(key: string): Promise<unknown>;
  };
  note(await own.library.read('k'), await own.mine('k'));
});

same('invalidations are given key by key', async ({ lib, connected, note, server, until }) => {
  const told: unknown[] = [];
  const client = await connected({
    clientSideCache: noting(lib, () => undefined, { invalidate: (key) => told.push(Buffer.isBuffer(key) ? [...key] : key) }),
  });
  await client.mGet(['a', 'b']);
  await server.command('MSET', 'a', '1', 'b', '2');
  await until(() => told.length === 2);
  await client.get(Buffer.from([0xff]));
  await server.command('SET', Buffer.from([0xff]), '1');
  await until(() => told.length === 3);
  await server.command('FLUSHDB');
  await until(() => told.length === 4);
  note(told);
});

same('a loss, a close, a destroy', async ({ lib, connected, note, kill, idOf, next }) => {
  const client = await connected({ clientSideCache: noting(lib, note) });
  const ready = next(client, 'ready');
  await kill(await idOf(client));
  await ready;
  note('close');
  await client.close();
  await client.close().catch(() => note('closed already'));
  note('destroy');
  client.destroy();
  note('connect');
  await client.connect();
  client.destroy();
  client.destroy();
});

same('attempts to connect again that fail', async ({ lib, client, note, next }) => {
  const server = await startScriptedServer();
  let asked = 0;
  const reconnectStrategy = (): number | false => (++asked < 3 ? 1 : false);
  const one = client({ clientSideCache: noting(lib, note), socket: { port: server.port, reconnectStrategy } });
  await one.connect();
  const terminated = next(one, 'terminated');
  await server.stop();
  await terminated;
  await turn(0);
  note('destroy');
  one.destroy();
});

same('a client that was never connected leaves a shared cache alone', async ({ lib, client, note }) => {
  const one = client({ clientSideCache: noting(lib, note) });
  one.destroy();
  await one.close().catch(() => undefined);
});

same('a client that never gets connected leaves a shared cache alone', async ({ lib, client, note }) => {
  const one = client({ clientSideCache: noting(lib, note), socket: { port: await freePort(), reconnectStrategy: (retries) => (retries < 2 ? 1 : false) } });
  await one.connect().catch(() => note('failed'));
}, { reason: 'attempts to connect of a client that has never been connected are no loss: there is nothing in the cache that it could miss', ours: [['failed']] });

same('what a provider throws', async ({ lib, connected, note, outcome }) => {
  const thrown = (): never => {
    throw new Error('thrown');
  };
  for (const own of [{ handleCache: thrown }, { handleCache: () => Promise.reject(new Error('rejected')) }, { handleCache: () => 5 }]) {
    const client = await connected({ clientSideCache: noting(lib, note, own as unknown as Partial<ours.ClientSideCacheProvider>) });
    await outcome('get', client.get('k'));
    await outcome('set', client.set('k', 'v'));
    await outcome('get', client.get('k'));
    await outcome('raw', client.sendCommand(['GET', 'k']));
  }
});

same('a closed client', async ({ lib, client, note, outcome }) => {
  const one = client({ clientSideCache: noting(lib, note) });
  await outcome('get', one.get('k'));
});

same('a full queue and a client that is offline', async ({ lib, client, outcome }) => {
  const quiet = (): ours.ClientSideCacheProvider => noting(lib, () => undefined);
  const limited = client({ clientSideCache: quiet(), commandsQueueMaxLength: 2, disableClientInfo: true, maintNotifications: 'disabled' });
  await limited.connect();
  const reads = ['a', 'b', 'c'].map((key) => limited.get(key));
  for (const read of reads) read.catch(() => undefined);
  for (const read of reads) await outcome('full', read);
  const offline = client({ clientSideCache: quiet(), disableOfflineQueue: true });
  const connecting = offline.connect();
  await outcome('offline', offline.get('k'));
  await connecting;
});

same('trackingOn() names the command of the handshake', async ({ lib, client, note }) => {
  const seen: string[] = [];
  const server = await startScriptedServer({
    onCommand: (words) => {
      if (words[1] === 'TRACKING') seen.push(words.join(' '));
      return words[1] === 'TRACKING' ? reply.ok : undefined;
    },
  });
  const trackingOn = (): string[] => ['CLIENT', 'TRACKING', 'ON', 'BCAST', 'PREFIX', 'a:'];
  const one = client({ clientSideCache: noting(lib, () => undefined, { trackingOn }), socket: { port: server.port } });
  await one.connect();
  note(seen);
  one.destroy();
  await server.stop();
});
