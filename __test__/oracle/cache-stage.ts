/** What scenarios of client-side caching work with. */
import * as ours from '../../lib';
import type { AnyCache, CacheFactory, Overriding } from './cache-factories';
import type { Client, Script, Stage } from './compare';

/** A client that reads through a cache. */
export interface CachedClient {
  readonly client: Client;
  readonly cache: AnyCache;
  /** Waits until the cache was told of so many invalidations, in all. */
  invalidations(count: number): Promise<void>;
  /** Notes the statistics (without times), the number of entries, and the events so far. */
  state(label: string): void;
}

export interface CacheStage extends Stage {
  /** Connects a client with a cache. */
  cached(config?: ours.ClientSideCacheConfig, options?: Parameters<Stage['client']>[0]): Promise<CachedClient>;
  /** Notes the commands that the server has seen since the last call. */
  wire(label: string): Promise<void>;
}

export type CacheScript = (stage: CacheStage) => Promise<void>;

export const EVENTS = ['invalidate', 'cached-key', 'cache-evict'];

/** What the server is told by the test itself, or with words that no two runs or libraries share. */
const UNNOTED = /^(CLIENT (SETINFO|KILL|ID|LIST)|SCRIPT|INFO|ECHO)/;

/** The script for one kind of cache, in the terms of `compare.ts`. */
export function withCache(factory: CacheFactory, script: CacheScript): Script {
  return async (stage) => {
    const lines: string[] = [];
    const watcher = ours.createClient({ socket: { host: '127.0.0.1', port: stage.server.port } });
    watcher.on('error', () => undefined);
    await watcher.connect();
    await watcher.monitor((line) => lines.push(wordsOf(line as string)));
    let barriers = 0;
    try {
      await script({
        ...stage,
        cached: (config = {}, options = {}) => connectCached(stage, factory, config, options),
        wire: async (label) => {
          const barrier = `ECHO barrier ${++barriers}`;
          await stage.server.command('ECHO', `barrier ${barriers}`);
          await stage.until(() => lines.includes(barrier));
          stage.note(label, lines.splice(0).filter((line) => !UNNOTED.test(line)));
        },
      });
    } finally {
      watcher.destroy();
    }
  };
}

function wordsOf(line: string): string {
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, word]) => word).join(' ');
}

async function connectCached(
  stage: Stage, factory: CacheFactory, config: ours.ClientSideCacheConfig, options: Parameters<Stage['client']>[0],
): Promise<CachedClient> {
  const clientSideCache = factory.make(stage.lib, config);
  const client = await stage.connected({ maintNotifications: 'disabled', ...options, clientSideCache });
  const cache = client.clientSideCache as AnyCache;
  const events: unknown[][] = [];
  for (const event of EVENTS) {
    cache.on(event, (argument: unknown) => events.push([event, Buffer.isBuffer(argument) ? [argument.toString()] : argument]));
  }
  let told = 0;
  cache.on('invalidate', () => told++);
  return {
    client,
    cache,
    invalidations: (count) => stage.until(() => told >= count),
    state(label) {
      const { hitCount, missCount, loadSuccessCount, loadFailureCount, totalLoadTime, evictionCount } = cache.stats();
      const { calls } = cache as Partial<Overriding>;
      stage.note(
        label, [hitCount, missCount], [loadSuccessCount, loadFailureCount, totalLoadTime > 0], evictionCount,
        [cache.stats().hitRate(), cache.stats().missRate(), cache.stats().loadCount()], cache.size(), events.splice(0), calls?.splice(0),
      );
    },
  };
}
