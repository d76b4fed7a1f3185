// Classes that keep a client.
import { createClient, createClientPool, type RedisClientOptions, type RedisClientPoolType, type RedisClientType } from 'redis';

export class Typed {
  private readonly client: RedisClientType;
  constructor(options: RedisClientOptions) {
    this.client = createClient(options);
  }

  get(key: string): Promise<string | null> {
    return this.client.get(key);
  }
}

export class Initialised {
  client: RedisClientType = createClient();
  pool: RedisClientPoolType = createClientPool();
}

export class Inferred {
  client = createClient();
  protected readonly other = createClient({ url: 'redis://localhost' });
  pool = createClientPool({}, { maximum: 3 });

  constructor(readonly subscriber = createClient()) {}
}

export class Late {
  client!: RedisClientType;
  maybe?: RedisClientType;
  none: RedisClientType | null = null;
  #hidden: RedisClientType | undefined;
  pool: RedisClientPoolType | undefined;

  async open(options: RedisClientOptions): Promise<void> {
    this.client = createClient(options);
    this.maybe = createClient({ ...options, database: 2 });
    this.none = await createClient({ url: 'redis://localhost' }).connect();
    this.#hidden = this.client.duplicate();
    this.pool = createClientPool(options);
    await this.#hidden.connect();
  }

  async close(): Promise<void> {
    await this.maybe?.close();
    await this.none?.quit();
    if (this.#hidden) await this.#hidden.close();
    this.pool?.destroy();
  }
}

export class ByReturnType {
  readonly client: ReturnType<typeof createClient>;
  ready?: Awaited<ReturnType<ReturnType<typeof createClient>['connect']>>;
  constructor(url: string) {
    this.client = createClient({ url });
  }

  async open(): Promise<this> {
    this.ready = await this.client.connect();
    return this;
  }
}

export class Singleton {
  private static instance: RedisClientType | undefined;
  static get(options: RedisClientOptions = {}): RedisClientType {
    return (this.instance ??= createClient(options));
  }
}

export abstract class Base<CLIENT extends Pick<RedisClientType, 'get' | 'set' | 'del'> = RedisClientType> {
  protected constructor(protected readonly client: CLIENT) {}
  abstract key(id: string): string;

  async load<T>(id: string): Promise<T | undefined> {
    const text = await this.client.get(this.key(id));
    return text === null ? undefined : JSON.parse(text) as T;
  }
}

export class Sessions extends Base {
  constructor() {
    super(createClient());
  }

  key(id: string): string {
    return `session:${id}`;
  }

  async save(id: string, value: object): Promise<void> {
    await this.client.set(this.key(id), JSON.stringify(value), { expiration: { type: 'EX', value: 60 } });
  }
}

export default class Cache {
  client = createClient();
  async get(key: string) {
    return this.client.get(key);
  }
}
