import { createClient, type RedisClientType } from 'redis';

export function create(url: string) {
  return createClient({ url }).on('error', (error: Error) => console.error('repository', error.message));
}

/** The client type, named as many applications do it. */
export type Client = ReturnType<typeof create>;

export interface Person {
  name: string;
  year: number;
}

export class Repository {
  constructor(private readonly client: Client) {}

  async save(id: string, { name, year }: Person): Promise<void> {
    const saved: number = await this.client.hSet(`person:${id}`, { name, year });
    if (saved === 0) await this.client.expire(`person:${id}`, 60, 'NX');
  }

  async find(id: string): Promise<Person | undefined> {
    const { name, year }: Record<string, string> = await this.client.hGetAll(`person:${id}`);
    return name === undefined ? undefined : { name, year: Number(year) };
  }

  /** Reports changes that others make to a person, until the returned function is called. */
  async watch(id: string, listener: (message: string, channel: string) => void): Promise<() => Promise<void>> {
    const subscriber = this.client.duplicate();
    await subscriber.connect();
    await subscriber.subscribe(`changes:${id}`, listener);
    return () => subscriber.close();
  }

  async publish(id: string, what: string): Promise<number> {
    return this.client.publish(`changes:${id}`, what);
  }
}

export function open(url: string): RedisClientType {
  const client: RedisClientType = createClient({ url });
  return client.on('error', (error: Error) => console.error('repository', error.message));
}
