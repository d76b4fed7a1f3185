import { createClient, createClientPool, defineScript, RESP_TYPES, type RedisClientType } from 'redis';

/** A script of the application, with types. */
const addAndGet = defineScript({
  NUMBER_OF_KEYS: 1,
  SCRIPT: 'return redis.call("INCRBY", KEYS[1], ARGV[1])',
  parseCommand(parser, key: string, by: number) {
    parser.pushKey(key);
    parser.push(String(by));
  },
  transformReply: undefined as unknown as () => number,
});

export function connect(url: string) {
  return createClient({ url, scripts: { addAndGet }, commandOptions: { timeout: 5000 } })
    .on('error', (error: Error) => console.error('client', error.message))
    .connect();
}

/** Takes any client, as functions of applications do. */
export async function rename(client: Pick<RedisClientType, 'hGetAll' | 'hSet'>, key: string, name: string): Promise<string | undefined> {
  await client.hSet(key, { name, renamed: 1 });
  const { name: found } = await client.hGetAll(key);
  return found;
}

export async function count(url: string, times: number): Promise<number> {
  const pool = createClientPool({ url }, { maximum: 3 });
  await pool.connect();
  try {
    const replies = await Promise.all(Array.from({ length: times }, () => pool.incr('count')));
    return Math.max(...replies);
  } finally {
    await pool.close();
  }
}

export async function asBuffer(client: Awaited<ReturnType<typeof connect>>, key: string): Promise<Buffer | null> {
  const reply = await client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer }).get(key);
  return reply as Buffer | null;
}
