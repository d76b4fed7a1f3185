// Caches that were written for npm redis take the place of ours. Types of its index are ours then, those of its inner files its own. This file does not compile if they do not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type * as npm from '@redis/client/dist/lib/client/cache';
import type { BasicCommandParser } from '@redis/client/dist/lib/client/parser';
import type { ReplyUnion, TransformReply } from '@redis/client/dist/lib/RESP/types';
import type { RedisClientOptions as NpmOptions, RedisClientType as NpmClient } from 'redis';
import {
  BasicClientSideCache, CacheStats, ClientSideCacheProvider, createClient, type BasicPooledClientSideCache,
  type ClientSideCacheConfig, type RedisArgument, type RedisClientOptions, type TransformLoaded,
  type TypeMapping,
} from '../../lib';
import { same } from './equal';

type Entry = ReturnType<npm.BasicClientSideCache['get']>;

class Subclass extends BasicClientSideCache {
  readonly seen: string[] = [];

  override async handleCache(
    client: NpmClient<any, any, any, any, any>, parser: BasicCommandParser, fn: () => Promise<ReplyUnion>, transformReply?: TransformReply,
    typeMapping?: TypeMapping,
  ) {
    const args: RedisArgument[] = parser.redisArgs;
    this.seen.push(args.join(' '));
    const value = await super.handleCache(client, parser, fn, transformReply, typeMapping);
    return value?.toString() as string;
  }

  override get(cacheKey: string): Entry {
    return super.get(cacheKey);
  }

  override set(cacheKey: string, cacheEntry: NonNullable<Entry>, keys: Array<RedisArgument>): void {
    super.set(cacheKey, cacheEntry, keys);
  }

  override invalidate(key: RedisArgument | null): void {
    super.invalidate(key);
  }

  override trackingOn() {
    return [...super.trackingOn(), 'NOLOOP'];
  }
}

class Provider extends ClientSideCacheProvider {
  async handleCache(
    _client: NpmClient<any, any, any, any, any>, parser: BasicCommandParser, fn: () => Promise<ReplyUnion>,
    transformReply: TransformLoaded | undefined, typeMapping: TypeMapping | undefined,
  ) {
    const reply = await fn();
    return transformReply ? transformReply(reply, parser.preserve, typeMapping) as unknown : reply;
  }

  trackingOn(): Array<RedisArgument> {
    return ['CLIENT', 'TRACKING', 'ON'];
  }

  invalidate(_key: RedisArgument | null): void {}
  clear(): void {}
  stats(): CacheStats {
    return CacheStats.empty();
  }

  size(): number {
    return 0;
  }

  onError(): void {}
  onClose(): void {}
}

test('subclasses and providers', () => {
  const subclass = new Subclass({ ttl: 5 });
  assert.equal(createClient({ clientSideCache: subclass }).clientSideCache, subclass);
  const provider = new Provider();
  assert.equal(createClient({ clientSideCache: provider }).clientSideCache, provider);
  assert.deepEqual(subclass.trackingOn(), ['CLIENT', 'TRACKING', 'ON', 'NOLOOP']);
});

test('the same members', () => {
  same<Exclude<keyof npm.BasicClientSideCache, keyof BasicClientSideCache>, never>(true);
  same<Exclude<keyof npm.BasicPooledClientSideCache, keyof BasicPooledClientSideCache>, never>(true);
  // Internal, and not declared in what is published.
  same<Exclude<keyof BasicClientSideCache, keyof npm.BasicClientSideCache>, '_nativeStore'>(true);
  same<keyof CacheStats, keyof npm.CacheStats>(true);
  same<Parameters<BasicClientSideCache['clear']>, Parameters<npm.BasicClientSideCache['clear']>>(true);
  same<Parameters<(typeof CacheStats)['of']>, Parameters<(typeof npm.CacheStats)['of']>>(true);
});

test('the option', () => {
  same<Omit<ClientSideCacheConfig, 'maxBytes' | 'mode' | 'prefixes'>, npm.ClientSideCacheConfig>(true);
  same<Extract<keyof NpmOptions, 'clientSideCache'>, Extract<keyof RedisClientOptions, 'clientSideCache'>>(true);
  const config: ClientSideCacheConfig = { ttl: 1, maxEntries: 2, evictPolicy: 'FIFO', recordStats: false };
  const options: RedisClientOptions = { clientSideCache: config };
  assert.ok(createClient(options).clientSideCache instanceof BasicClientSideCache);
});
