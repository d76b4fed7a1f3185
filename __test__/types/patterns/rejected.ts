// What npm redis rejects and oxredis too.
import {
  createClient, createClientPool, RESP_TYPES, type RedisClientOptions, type RedisClientPoolType, type RedisClientType, type RedisDefaultModules,
  type RedisFunctions, type RedisScripts,
} from 'redis';

// @ts-expect-error -- replies of RESP2 are others
export const resp2: RedisClientType = createClient({ RESP: 2 });
// @ts-expect-error -- options say RESP3 unless they are told
export const options2: RedisClientOptions = { RESP: 2 };
// @ts-expect-error -- and the other way round
export const resp3 = (client: RedisClientType): RedisClientType<{}, {}, {}, 2> => client;
// @ts-expect-error -- one of two protocols is none of them
export const either = (RESP: 2 | 3): RedisClientType => createClient({ RESP });
// @ts-expect-error -- it gives Buffers
export const bytes: RedisClientType = createClient().withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
// @ts-expect-error -- in the tasks, too
export const pooled: RedisClientPoolType = createClientPool().withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
// @ts-expect-error -- it gives text
export const text = (client: RedisClientType): RedisClientType<{}, {}, {}, 3, { 36: BufferConstructor }> => client;
// @ts-expect-error -- a client has no tasks
export const pool: RedisClientPoolType = createClient();
// @ts-expect-error -- a pool does not subscribe
export const client: RedisClientType = createClientPool();
// @ts-expect-error -- the type of clients of any options
export const byReturnType = (given: RedisClientType): ReturnType<typeof createClient> => given;
// @ts-expect-error -- the wide types have every function and script
export const wide = (given: RedisClientType): RedisClientType<RedisDefaultModules, RedisFunctions, RedisScripts> => given;
// @ts-expect-error -- an unknown option
export const typo: RedisClientOptions = { hostname: 'localhost' };

export async function use(made: RedisClientType, given: RedisClientOptions): Promise<void> {
  // @ts-expect-error -- there is no such command
  await made.gett('key');
  // @ts-expect-error -- a value is text or bytes
  await made.set('key', { a: 1 });
  // @ts-expect-error -- text or null, no number
  const count: number = await createClient(given).get('key');
  // @ts-expect-error -- one reply for each command
  const replies: [string | null] = await made.multi().get('a').get('b').execTyped();
  // @ts-expect-error -- a number
  const [first]: [string] = await createClient(given).multi().incr('a').execTyped();
  // @ts-expect-error -- no such script
  await made.add('key');
  console.log(count, replies, first);
}

// @ts-expect-error -- what a mock gives is what the client gives
export const mock: Pick<RedisClientType, 'get'> = { get: async () => 5 };
