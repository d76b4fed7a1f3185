/** Pools of the server of a file of live tests. */
import { after } from 'node:test';
import { createClientPool, type AnyRedisClientOptions, type RedisClientPoolType, type RedisPoolOptions } from '../../lib';
import type { LiveStage } from './stage';

export type Pool = RedisClientPoolType;

export interface PoolStage {
  /** A pool that is destroyed at the end, and the errors that it emits. */
  pool(options?: Partial<RedisPoolOptions>, client?: AnyRedisClientOptions): Pool & { errors: Error[] };
  /** The same, connected. */
  connected(options?: Partial<RedisPoolOptions>, client?: AnyRedisClientOptions): Promise<Pool & { errors: Error[] }>;
}

/** Has to be called once in a file, after `liveStage`. */
export function poolStage(stage: LiveStage): PoolStage {
  const made: Pool[] = [];
  after(() => {
    for (const pool of made) pool.destroy();
  });
  const pool: PoolStage['pool'] = (options, client) => {
    const socket = { host: '127.0.0.1', port: stage.server.port, ...client?.socket };
    const errors: Error[] = [];
    const one = Object.assign(createClientPool({ ...client, socket } as object, options) as Pool, { errors });
    one.on('error', (error: Error) => errors.push(error));
    made.push(one);
    return one;
  };
  return {
    pool,
    async connected(options, client) {
      const one = pool(options, client);
      await one.connect();
      return one;
    },
  };
}

/** `[total, idle, in use, waiting]`. */
export function counters(pool: Pool): number[] {
  return [pool.totalClients, pool.idleClients, pool.clientsInUse, pool.tasksQueueLength];
}

/** A promise and what settles it. */
export function gate<T = void>(): { promise: Promise<T>; open(value: T): void } {
  let open!: (value: T) => void;
  const promise = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { promise, open };
}
