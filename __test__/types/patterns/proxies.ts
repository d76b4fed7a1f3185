// Clients with other options, duplicates, protocols and mappings.
import { createClient, createClientPool, RESP_TYPES, type RedisClientOptions, type RedisClientPoolType, type RedisClientType, type RespVersions } from 'redis';

export const asap = (options: RedisClientOptions): RedisClientType => createClient(options).asap();
export const abortable = (options: RedisClientOptions, signal: AbortSignal): RedisClientType => createClient(options).withAbortSignal(signal);
export const optioned = (client: RedisClientType): RedisClientType => client.withCommandOptions({ timeout: 100 });
export const optionedFrom = (options: RedisClientOptions): RedisClientType => createClient(options).withCommandOptions({ asap: true });
export const emptyMapping = (client: RedisClientType): RedisClientType => client.withTypeMapping({});
export const duplicate = (client: RedisClientType): RedisClientType => client.duplicate();
export const duplicateWith = (client: RedisClientType): RedisClientType => client.duplicate({ database: 1 });
export const duplicateFrom = (options: RedisClientOptions): RedisClientType => createClient(options).duplicate();

export const buffers = createClient().withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
export const mapped = createClient({ commandOptions: { typeMapping: { [RESP_TYPES.MAP]: Map } } });
export const both = createClient().withCommandOptions({ timeout: 5, typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } });
export const pooled = createClientPool().withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
export type Binary = RedisClientType<{}, {}, {}, 3, { [RESP_TYPES.BLOB_STRING]: typeof Buffer }>;
export const binary = (): Binary => createClient().withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
export const binaryByConstructor = (): RedisClientType<{}, {}, {}, 3, { 36: BufferConstructor }> =>
  createClient().withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });

export const resp2 = createClient({ RESP: 2 });
export const resp3 = createClient({ RESP: 3 });
export const typed2: RedisClientType<{}, {}, {}, 2> = createClient({ RESP: 2 });
export const typed3: RedisClientType = createClient({ RESP: 3 });
export const either = (RESP: 2 | 3) => createClient({ RESP });
export const eitherTyped = (RESP: RespVersions): RedisClientType<{}, {}, {}, RespVersions> => createClient({ RESP });
export const optional = (RESP?: RespVersions) => createClient({ ...(RESP ? { RESP } : {}) });
export const poolAsap = (options: RedisClientOptions): RedisClientPoolType => createClientPool(options).asap();
export const poolAbortable = (pool: RedisClientPoolType, signal: AbortSignal): RedisClientPoolType => pool.withAbortSignal(signal);
export const poolOptioned = (options: RedisClientOptions): RedisClientPoolType => createClientPool(options).withCommandOptions({ timeout: 5 });
export const poolMapped = (pool: RedisClientPoolType): RedisClientPoolType => pool.withTypeMapping({});

export class Store {
  readonly text: RedisClientType;
  readonly binary: Binary;
  constructor(options: RedisClientOptions) {
    const client = createClient(options);
    this.text = client;
    this.binary = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer }) as Binary;
  }

  file = async (name: string): Promise<Buffer | null> => this.binary.get(name);
}

export async function use(): Promise<void> {
  const bytes: Buffer | null = await buffers.get('key');
  const fields: Record<string, Buffer> = await buffers.hGetAll('hash');
  const map: Map<string, string> = await mapped.hGetAll('hash') as Map<string, string>;
  const fromPool: Buffer | null = await pooled.get('key');
  const text: string | null = await resp2.get('key');
  const unknownVersion: string | null = await either(2).get('key');
  const replies: [Buffer | null, number] = await buffers.multi().get('key').incr('n').execTyped();
  const inTask: Buffer | null = await pooled.execute((client) => client.get('key'));
  const score: number | null = await resp2.zScore('set', 'member');
  console.log(bytes, fields, map, fromPool, text, unknownVersion, replies, inTask, score);
}
