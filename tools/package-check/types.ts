// Uses of the types as in a user's code: tools/check-package.mjs compiles it with the packed tarball.
import { createClient, type CommandParser, type RedisClientType, RESP_TYPES } from 'redis';

// A custom module for all clients.
declare module 'redis' {
  interface RedisDefaultModules {
    counters: { ADD: { parseCommand(parser: CommandParser, name: string): void; transformReply: () => number } };
  }
}

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
  const added: number = await client.counters.ADD('visits');
  const replies: [string | null, number] = await client.multi().get('key').INCR('n').execTyped();
  // @ts-expect-error An object is not a key.
  await client.get({ key: 1 });
  console.log(text, count, fields, list, bytes, added, replies);
  await client.close();
}
