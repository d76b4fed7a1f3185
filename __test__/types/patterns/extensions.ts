// Scripts, functions and modules of the user.
import {
  createClient, createClientPool, defineScript, type CommandParser, type RedisArgument, type RedisClientOptions, type RedisClientPoolType,
  type RedisClientType, type RedisDefaultModules, type RedisFunctions, type RedisModules, type RedisScripts,
} from 'redis';

export const add = defineScript({
  SCRIPT: 'return redis.call("GET", KEYS[1]) + ARGV[1]',
  NUMBER_OF_KEYS: 1,
  parseCommand(parser: CommandParser, key: string, toAdd: number) {
    parser.pushKey(key);
    parser.push(toAdd.toString());
  },
  transformReply: (reply: number): number => reply,
});

const byVersion = defineScript({
  SCRIPT: 'return 1', NUMBER_OF_KEYS: 0,
  parseCommand(_parser: CommandParser) { /* nothing */ },
  transformReply: { 2: (reply: number): boolean => reply === 1, 3: (reply: boolean): boolean => reply },
});

export const scripts = { add, byVersion } satisfies RedisScripts;
export const library = {
  math: {
    square: {
      NUMBER_OF_KEYS: 1,
      parseCommand(parser: CommandParser, key: RedisArgument) {
        parser.pushKey(key);
      },
      transformReply: (reply: number): number => reply,
    },
  },
} satisfies RedisFunctions;

export const modules = {
  counters: {
    add: {
      IS_READ_ONLY: false,
      parseCommand(parser: CommandParser, name: string, by?: number) {
        parser.push('COUNTER.ADD', name, String(by ?? 1));
      },
      transformReply: (reply: string): number => Number(reply),
    },
  },
} satisfies RedisModules;

export const client = createClient({ scripts, functions: library, modules });
export const inline = createClient({ scripts: { add } });
export type Client = typeof client;
export type Scripted = RedisClientType<RedisDefaultModules, {}, { add: typeof add }>;
export type Full = RedisClientType<typeof modules, typeof library, typeof scripts>;

export const make = (options: RedisClientOptions) => createClient({ ...options, scripts, functions: library, modules });
export const makeFull = (url: string): Full => createClient({ url, scripts, functions: library, modules });
export const makeScripted = (): RedisClientType<{}, {}, { add: typeof add }> => createClient({ scripts: { add } });
export const pool = createClientPool({ scripts, functions: library });
export const makePool = (): RedisClientPoolType<{}, {}, typeof scripts> => createClientPool({ scripts });
export const toScripts = (options: RedisClientOptions<RedisModules, RedisFunctions, typeof scripts>) => createClient(options);
/** Who needs no script takes a client that has some. */
export const plain = (given: RedisClientType): Promise<string | null> => given.get('key');
export const any = (given: RedisClientType<any, any, any>): boolean => given.isOpen; // eslint-disable-line @typescript-eslint/no-explicit-any

export class Counters {
  private readonly client: RedisClientType<typeof modules, typeof library, typeof scripts>;
  readonly inferred = createClient({ modules });
  constructor(url: string) {
    this.client = createClient({ url, modules, functions: library, scripts });
  }

  increment = (name: string): Promise<number> => this.client.counters.add(name, 2);
  square = (name: string): Promise<number> => this.client.math.square(name);
  sum = (key: string): Promise<number> => this.client.add(key, 5);
}

export function withScripts<S extends RedisScripts>(given: S, url: string) {
  return createClient({ url, scripts: given });
}

export async function run<M extends RedisModules, F extends RedisFunctions, S extends RedisScripts & { add: typeof add }>(
  given: RedisClientType<M, F, S>,
): Promise<boolean> {
  await given.connect();
  return given.isReady;
}

export async function use(): Promise<void> {
  const sum: number = await client.add('key', 5);
  const flag: boolean = await client.byVersion();
  const square: number = await client.math.square('key');
  const count: number = await client.counters.add('name');
  const json = await client.json.get('key');
  const pooled: number = await pool.add('key', 1);
  const [queued, squared] = await client.multi().add('key', 1).math.square('key').execTyped();
  const inTask: number = await pool.execute((one) => one.add('key', 1));
  const later: number = await withScripts({ add }, 'redis://localhost').add('key', 1);
  await plain(client);
  await plain(inline);
  any(client);
  await client.duplicate().add('key', 1);
  await run(createClient({ scripts: { add } }));
  const numbers: number[] = [sum, square, count, pooled, queued, squared, inTask, later];
  console.log(flag, json, numbers);
}
