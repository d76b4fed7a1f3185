/** Asks root nodes for the topology: one after the other in random order, without waiting long for a silent one. */
import { makeClient, type RedisClient } from '../client/api/redis-client';
import { addressOf } from '../client/options/inspection';
import type { AnyRedisClientOptions } from '../client/options/option-types';
import { ConnectionTimeoutError, RootNodesUnavailableError, optionError, thrownError } from '../errors';
import { EngineLink } from '../wire/link';

/** The next root is asked as well when the others have been silent for this part of a second, divided by the number of roots. */
const PATIENCE = 600; // ms
const CONNECT_TIMEOUT = 5000; // ms

/** What a discovery needs of its cluster. */
export interface DiscoveryOwner {
  readonly roots: readonly AnyRedisClientOptions[];
  /** Reads the topology over a ready link. Resolves when it was applied. */
  read(link: number): Promise<void>;
}

/** See the module's comment. */
export class Discovery {
  readonly #owner: DiscoveryOwner;
  readonly #order: number[];
  readonly #failures: [address: string, error: Error][] = [];
  readonly #clients = new Set<RedisClient>();
  readonly #patience: number;
  #next = 0;
  #asking = 0;
  #timer: NodeJS.Timeout | undefined;
  #resolve!: () => void;
  #reject!: (error: Error) => void;
  #isDone = false;

  constructor(owner: DiscoveryOwner) {
    this.#owner = owner;
    this.#order = shuffled(owner.roots.length);
    this.#patience = PATIENCE / owner.roots.length;
  }

  /** @throws (rejects) RootNodesUnavailableError with the reason of each root; the reason given to `cancel` */
  run(): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      if (this.#order.length === 0) reject(new RootNodesUnavailableError([['rootNodes', optionError('the array is empty')]]));
      else this.#askNext();
    }).finally(() => this.#end());
  }

  /** Gives up. */
  cancel(reason: Error): void {
    this.#isDone = true;
    this.#reject(reason);
  }

  #askNext(): void {
    clearTimeout(this.#timer);
    const root = this.#order[this.#next++];
    if (this.#isDone || root === undefined) return;
    this.#asking++;
    this.#ask(this.#owner.roots[root] as AnyRedisClientOptions).then(() => this.#resolve(), (error: unknown) => {
      this.#failures[root] = [addressOf(this.#owner.roots[root]?.socket) as string, thrownError(error)];
      this.#asking--;
      if (this.#next < this.#order.length) this.#askNext();
      else if (this.#asking === 0) this.#reject(new RootNodesUnavailableError(this.#failures));
    });
    this.#timer = setTimeout(() => this.#askNext(), this.#patience);
  }

  async #ask(options: AnyRedisClientOptions): Promise<void> {
    let link: EngineLink | undefined;
    const client = makeClient(options, (handlers) => (link = new EngineLink(handlers)));
    this.#clients.add(client);
    // `connect()` rejects with it.
    client.on('error', ignore);
    const limit = options.socket?.connectTimeout || CONNECT_TIMEOUT;
    let timer: NodeJS.Timeout | undefined;
    try {
      await Promise.race([
        client.connect().then(() => this.#owner.read((link as EngineLink).id)),
        new Promise<never>((_, reject) => {
          timer = setTimeout(() => reject(new ConnectionTimeoutError()), limit);
        }),
      ]);
    } finally {
      clearTimeout(timer);
      this.#clients.delete(client);
      client.destroy();
    }
  }

  #end(): void {
    this.#isDone = true;
    clearTimeout(this.#timer);
    for (const client of this.#clients) client.destroy();
  }
}

function shuffled(count: number): number[] {
  const order = Array.from({ length: count }, (_, index) => index);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [order[i], order[j]] = [order[j] as number, order[i] as number];
  }
  return order;
}

function ignore(): void {
  // See the caller.
}
