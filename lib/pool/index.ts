/** Pools and their public names. */
import './create-pool';
import { RedisClientPool } from './redis-client-pool';

/**
 * Creates a pool of clients for one server. The pool connects when `connect()` is called.
 *
 * @example
 * const pool = await createClientPool({ url: 'redis://localhost:6379' }, { maximum: 10 })
 *   .on('error', (error) => log(error))
 *   .connect();
 */
export const createClientPool: typeof RedisClientPool.create = RedisClientPool.create;

export { RedisClientPool };
export type { RedisPoolOptions } from './options';
export type { RedisClientPoolType } from './redis-client-pool';
