// Pools: tasks, options, wrappers.
import {
  createClient, createClientPool, RedisClientPool, type RedisClientOptions, type RedisClientPoolType, type RedisClientType, type RedisPoolOptions,
} from 'redis';

export const pool = createClientPool({ url: 'redis://localhost' }, { minimum: 1, maximum: 10, acquireTimeout: 3000, cleanupDelay: 5000 });
export const opened = async (options: RedisClientOptions): Promise<RedisClientPoolType | undefined> => createClientPool(options).connect();
export const connecting = createClientPool().connect();
export type Pool = ReturnType<typeof createClientPool>;
export type Connected = Awaited<ReturnType<Pool['connect']>>;
export const isPool = (given: unknown): boolean => given instanceof RedisClientPool;

export async function task(): Promise<number> {
  const value = await pool.execute((client) => client.get('key'));
  const asynchronous = await pool.execute(async (client) => {
    await client.watch('key');
    const replies = await client.multi().incr('n').execTyped();
    return replies[0];
  });
  const text: string | null = value;
  const count: number = asynchronous;
  return count + (text?.length ?? 0);
}

export const run = <T>(work: (client: RedisClientType) => Promise<T>): Promise<T> => createClientPool().execute(work) as Promise<T>;
export const runIn = async <T>(given: RedisClientPoolType, work: (client: RedisClientType) => Promise<T>): Promise<T> => {
  const result = await given.execute((client) => work(client));
  return result as T;
};

export class Queue {
  private readonly pool: RedisClientPoolType;
  static readonly defaults: Partial<RedisPoolOptions> = { maximum: 5 };
  constructor(options: RedisClientOptions, pool: Partial<RedisPoolOptions> = Queue.defaults) {
    this.pool = createClientPool(options, pool);
    this.pool.on('error', (error) => console.error(error));
  }

  push = (value: string) => this.pool.lPush('queue', value);
  pop = (): Promise<string | null> => this.pool.rPop('queue');
  exclusive = <T>(work: (client: RedisClientType) => T) => this.pool.execute(work);
  async close(): Promise<void> {
    await this.pool.close();
  }
}

export let either: RedisClientType | RedisClientPoolType = createClient();
either = createClientPool();
export const read = (from: RedisClientType | RedisClientPoolType): Promise<string | null> => from.get('key');
export const write = (to: RedisClientType | RedisClientPoolType) => to.set('key', 'value', { condition: 'NX' });
export const counts = () => [pool.idleClients, pool.clientsInUse, pool.totalClients, pool.tasksQueueLength];
export const handlers: Record<string, Parameters<RedisClientPoolType['execute']>[0]> = {
  get: (client) => client.get('key'),
};
