// Helpers that take any client.
import {
  createClient, type RedisClientOptions, type RedisClientPoolType, type RedisClientType, type RedisDefaultModules, type RedisFunctions,
  type RedisModules, type RedisScripts, type RespVersions, type TypeMapping,
} from 'redis';

/* eslint-disable @typescript-eslint/no-explicit-any */
export type AnyClient = RedisClientType<any, any, any, any, any>;
export type AnyThree = RedisClientType<any, any, any>;
export type DefaultClient = RedisClientType<RedisDefaultModules, RedisFunctions, RedisScripts>;
export type WideClient = RedisClientType<RedisModules, RedisFunctions, RedisScripts>;
export type WidestClient = RedisClientType<RedisModules, RedisFunctions, RedisScripts, RespVersions, TypeMapping>;

export const takesAny = (client: AnyClient) => client.isReady;
export const takesThree = (client: AnyThree) => client.get('key');
export const takesDefault = (client: DefaultClient) => client.get('key');
export const takesWide = (client: WideClient) => client.get('key');
export const takesPlain = (client: RedisClientType): Promise<string | null> => client.get('key');

export async function helper<M extends RedisModules, F extends RedisFunctions, S extends RedisScripts>(
  client: RedisClientType<M, F, S>, key: string,
): Promise<string | null> {
  const value = await client.get(key);
  await client.set(key, 'value');
  return value;
}

export async function full<
  M extends RedisModules, F extends RedisFunctions, S extends RedisScripts, RESP extends RespVersions, TYPE_MAPPING extends TypeMapping,
>(client: RedisClientType<M, F, S, RESP, TYPE_MAPPING>): Promise<RedisClientType<M, F, S, RESP, TYPE_MAPPING>> {
  const copy = client.duplicate();
  await copy.connect();
  return copy;
}

export const anyPool = (pool: RedisClientPoolType<any, any, any, any, any>) => pool.totalClients;
export const closes = <T extends { close(): Promise<void> }>(client: T): Promise<void> => client.close();
export const constrained = <T extends RedisClientType>(client: T): T => client;
export const widely = <T extends AnyClient>(client: T): T => client;
export const returning = <T extends RedisClientType<any, any, any>>(client: T) => client;
export class Wrapper<M extends RedisModules = RedisDefaultModules, F extends RedisFunctions = RedisFunctions, S extends RedisScripts = RedisScripts> {
  constructor(readonly client: RedisClientType<M, F, S>) {}
  ping = () => this.client.ping();
}

export async function use(options: RedisClientOptions): Promise<void> {
  const client = createClient();
  const made = createClient(options);
  const resp2 = createClient({ RESP: 2 });
  takesAny(client);
  takesAny(made);
  takesAny(resp2);
  await takesThree(client);
  await takesThree(made);
  await takesDefault(made);
  await takesWide(made);
  await takesPlain(client);
  await takesPlain(made);
  await takesPlain(client as DefaultClient);
  const text: string | null = await helper(client, 'key');
  await helper(made, 'key');
  await full(client);
  await full(made);
  await full(resp2);
  anyPool(client.createPool());
  anyPool(resp2.createPool());
  await closes(client);
  const same: RedisClientType = constrained(client);
  widely(resp2).destroy();
  returning(made).destroy();
  new Wrapper(client).client.destroy();
  new Wrapper(made).client.destroy();
  console.log(text, same.isOpen);
}

export const toAny: AnyClient = createClient();
export const fromAny = (client: AnyClient): RedisClientType => client as RedisClientType;
export const toWide: WideClient = createClient() as WideClient;
export const fromWide: RedisClientType = toWide;
export const fromDefault = (client: DefaultClient): RedisClientType => client;
export const toDefault = (client: RedisClientType): DefaultClient => client as DefaultClient;

/** Under any mapping a reply may be each of what mappings make of it. */
export const bytesOrText = async (client: AnyClient): Promise<string | Buffer | null> => client.get('key');
