// Stand-ins of clients in tests, and types made of the types of clients.
import { createClient, type RedisClientPoolType, type RedisClientType } from 'redis';

export type Reader = Pick<RedisClientType, 'get' | 'set'>;
export const reader: Reader = createClient();
export const mock: Reader = { get: async () => 'value', set: async () => 'OK' };
export const bySymbol: Pick<RedisClientType, 'get' | 'set' | 'del' | 'hGetAll' | 'expire'> = {
  get: (key) => Promise.resolve(String(key)),
  set: async (_key, _value, _options) => 'OK',
  del: async (keys) => (Array.isArray(keys) ? keys.length : 1),
  hGetAll: async () => ({ field: 'value' }),
  expire: async () => 1,
};

/* eslint-disable @typescript-eslint/no-explicit-any */
export interface MockInstance<Y extends any[], T> { mockReturnValue(value: T): this; mockImplementation(work: (...args: Y) => T): this; mock: { calls: Y[] } }
export type Mock<FN extends (...args: any[]) => any> = FN & MockInstance<Parameters<FN>, ReturnType<FN>>;
export type Mocked<T> = { [P in keyof T]: T[P] extends (...args: any[]) => any ? Mock<T[P]> : T[P] } & T;
export type DeepPartial<T> = { [P in keyof T]?: T[P] extends (...args: never) => unknown ? T[P] : DeepPartial<T[P]> };

export declare function fn<FN extends (...args: any[]) => any = (...args: any[]) => any>(work?: FN): Mock<FN>;
export declare function mocked<T>(given: T): Mocked<T>;

export const partial: Partial<RedisClientType> = { get: async () => null, isOpen: true };
export const asClient = partial as RedisClientType;
export const asUnknown = { get: fn() } as unknown as RedisClientType;
export const asMocked = { get: fn(), set: fn(), on: fn() } as unknown as Mocked<RedisClientType>;
export const deep: DeepPartial<Pick<RedisClientType, 'get' | 'json'>> = { json: { get: async () => null } };
export const picked: Mocked<Pick<RedisClientType, 'get' | 'set'>> = { get: fn(), set: fn() };
export const pool: Pick<RedisClientPoolType, 'execute' | 'get'> = {
  execute: async (task) => (await task(asUnknown)) as never,
  get: async () => null,
};
export const some = { get: fn(async () => 'value') } as Partial<RedisClientType> as RedisClientType;

export type Commands = keyof RedisClientType;
export type SetArguments = Parameters<RedisClientType['set']>;
export type SetReply = Awaited<ReturnType<RedisClientType['set']>>;
export type SetOptions = NonNullable<SetArguments[2]>;
export type GetReply = Awaited<ReturnType<RedisClientType['get']>>;
export type Strings = { [P in keyof RedisClientType as RedisClientType[P] extends (...args: never) => Promise<string | null> ? P : never]: true };
export const names: Commands[] = ['get', 'set', 'hGetAll', 'HGETALL', 'json', 'connect'];
export const args: SetArguments = ['key', 'value', { EX: 10 }];
export const options: SetOptions = { condition: 'NX', expiration: { type: 'PX', value: 5 } };
export const reply: GetReply = null;

export function restricted(client: Omit<RedisClientType, 'connect' | 'close' | 'destroy'>): Promise<string | null> {
  return client.get('key');
}

export const set = (client: Pick<RedisClientType, 'set'>, ...given: SetArguments): Promise<SetReply> => client.set(...given);

export async function use(): Promise<void> {
  await restricted(createClient());
  await set(createClient(), 'key', 'value');
  asMocked.get.mockReturnValue(Promise.resolve('value'));
  const [key] = picked.get.mock.calls[0] ?? ['none'];
  const wrapped = mocked(createClient());
  wrapped.get.mockImplementation(async (given) => `${String(given)}${String(key)}`);
  const dynamic: Commands = 'ping';
  await createClient()[dynamic]();
}

export interface KeyValue { get(key: string): Promise<string | null>; set(key: string, value: string): Promise<unknown>; del(key: string): Promise<number> }
export const structural: KeyValue = createClient();
export class Fake implements KeyValue, Pick<RedisClientType, 'get'> {
  get = async (): Promise<string | null> => null;
  set = async (): Promise<string> => 'OK';
  del = async (): Promise<number> => 0;
}
