// Subscribers, listeners, iterators and events in users' own functions.
import { EventEmitter } from 'node:events';
import { createClient, type RedisClientOptions, type RedisClientType } from 'redis';

export type Listener = Parameters<RedisClientType['subscribe']>[1];
export const listener: Listener = (message, channel) => console.log(message, channel);

export class Bus {
  private readonly publisher: RedisClientType;
  private readonly subscriber: RedisClientType;
  constructor(options: RedisClientOptions) {
    this.publisher = createClient(options);
    this.subscriber = this.publisher.duplicate();
  }

  async open(): Promise<void> {
    await Promise.all([this.publisher.connect(), this.subscriber.connect()]);
    await this.subscriber.subscribe('channel', (message) => { console.log(message.length); });
    await this.subscriber.subscribe('binary', (message) => { console.log(message.byteLength); }, true);
    await this.subscriber.pSubscribe(['a*', 'b*'], listener);
    await this.subscriber.sSubscribe('shard', (message: string, channel: string) => console.log(message, channel));
  }

  publish = (channel: string, message: unknown): Promise<number> => this.publisher.publish(channel, JSON.stringify(message));
  async close(): Promise<void> {
    await this.subscriber.unsubscribe('channel');
    await this.subscriber.pUnsubscribe();
    this.subscriber.destroy();
  }
}

export async function subscribeWith<T>(client: RedisClientType, channel: string, handle: (message: T) => void): Promise<() => Promise<void>> {
  const on = (message: string): void => handle(JSON.parse(message) as T);
  await client.subscribe(channel, on);
  return () => client.unsubscribe(channel, on);
}

export async function* keys(client: RedisClientType, MATCH: string): AsyncGenerator<string> {
  for await (const page of client.scanIterator({ MATCH, COUNT: 100 })) {
    for (const key of page) yield key;
  }
}

export async function fields(client: RedisClientType): Promise<string[]> {
  const found: string[] = [];
  for await (const page of client.hScanIterator('hash')) found.push(...page.map(({ field, value }) => field + value));
  for await (const page of client.zScanIterator('sorted')) found.push(...page.map(({ value, score }) => value + score.toFixed()));
  return found;
}

export const emitter: EventEmitter = createClient();
export const log = (client: RedisClientType): RedisClientType => client
  .on('connect', () => console.log('connect'))
  .on('error', (error: Error) => console.error(error.message))
  .on('reconnecting', () => console.log('reconnecting'));
export const watchEvents = (given: EventEmitter): EventEmitter => given.on('end', () => { /* nothing */ });
watchEvents(createClient());
export const monitor = (client: RedisClientType): Promise<void> => client.monitor((line) => console.log(line));
export const iterator = (client: RedisClientType) => client.scanIterator();
export const legacy = (client: RedisClientType) => client.legacy();
