// What a user's code says to the types: tools/check-package.mjs compiles it against the packed tarball.
import { createClient, type RedisClientType, RESP_TYPES } from 'redis';

export async function useTypes(): Promise<void> {
  const client: RedisClientType = createClient({ url: 'redis://localhost:6379' });
  client.on('error', (error: Error) => console.error(error));
  await client.connect();
  const text: string | null = await client.get('key');
  const count: number = await client.incr('n');
  const fields: Record<string, string> = await client.hGetAll('h');
  const list: string[] = await client.lRange('l', 0, -1);
  const buffers = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
  const bytes: Buffer | null = await buffers.get('key');
  // @ts-expect-error A key is no number of this kind.
  await client.get({ key: 1 });
  console.log(text, count, fields, list, bytes);
  await client.close();
}
