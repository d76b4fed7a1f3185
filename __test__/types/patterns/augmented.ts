// A module that an application gives to all clients.
import { createClient, createClientPool, type CommandParser, type RedisClientOptions, type RedisClientType } from 'redis';

declare module 'redis' {
  interface RedisDefaultModules {
    visits: { ADD: { parseCommand(parser: CommandParser, name: string): void; transformReply: () => number } };
  }
}

export const make = (options: RedisClientOptions): RedisClientType => createClient(options);
export const add = (client: RedisClientType): Promise<number> => client.visits.ADD('page');
export const addInPool = (): Promise<number> => createClientPool().visits.ADD('page');
export const queued = createClient().multi().visits.ADD('page').get('key');

export async function use(): Promise<number> {
  const [count, text] = await queued.execTyped();
  const number: number = count;
  const value: string | null = text;
  return number + (value?.length ?? 0) + await add(make({}));
}
