/** A link without a server: tests decide what happens and see what was asked for. */
import { ClientClosedError, DisconnectsClientError, refusedCommand } from '../../../lib/errors';
import { makeClient, type RedisClientType } from '../../../lib/client/api/redis-client';
import { transformOf } from '../../../lib/client/encoding/reply-transform';
import type { AnyRedisClientOptions } from '../../../lib/client/options/option-types';
import type { CacheLoad } from '../../../lib/wire/cache-load';
import type { CommandEncoding, Link, LinkRequests } from '../../../lib/wire/client-link';
import type { Command } from '../../../lib/wire/command';
import { CommandEncoder } from '../../../lib/wire/encoder';
import { readArguments } from '../../../lib/wire/encoded-arguments';
import type {
  EncodedCommand, LinkCommandOptions, LinkHandlers, LinkOptions, SubscriptionKind,
} from '../../../lib/wire/link-types';
import { hasLimits, limitsRefusal } from '../../../lib/wire/request-limits';

/** A command that the client gave to the link. */
export interface Sent {
  words: string[];
  options: LinkCommandOptions;
  /** Settles it: an Error rejects; the command's transform is applied. */
  reply(value: unknown): void;
}

export class ScriptedLink implements Link, LinkRequests {
  readonly requests = this;
  isOpen = false;
  isReady = false;
  resp: 2 | 3 = 3;
  epoch = 0;
  outstanding = 0;
  outstandingBytes = 0;
  inFlight = 0;
  options: LinkOptions | undefined;
  /** Everything but commands, in order. */
  readonly calls: string[] = [];
  readonly sent: Sent[] = [];
  /** Replies at once; `undefined` leaves a command waiting. */
  answer: ((words: string[]) => unknown) | undefined;
  readonly #encoder = new CommandEncoder(Buffer.allocUnsafe(4096));
  readonly #waiting = new Set<(error: Error) => void>();
  #closing = false;
  #drained: (() => void) | undefined;

  constructor(readonly handlers: LinkHandlers) {}

  open(options: LinkOptions): void {
    if (this.isOpen) throw new Error('Socket already opened');
    this.isOpen = true;
    this.#closing = false;
    this.options = options;
    this.calls.push('open');
  }

  /** The socket opens and the handshake succeeds. */
  becomeReady(resp: 2 | 3 = this.options?.resp ?? 3): void {
    this.handlers.connected();
    this.resp = resp;
    this.isReady = true;
    this.epoch++;
    this.handlers.ready();
  }

  /** The connection is lost, or an attempt failed. */
  lose(error: Error, retries = 0): void {
    const wasReady = this.isReady;
    this.isReady = false;
    this.handlers.disconnected(error, retries, wasReady);
  }

  /** The teardown that `close()` started is complete. */
  end(): void {
    this.isReady = false;
    this.#closing = false;
    this.handlers.ended();
  }

  close(): void {
    this.calls.push('close');
    this.isOpen = false;
    this.#closing = true;
  }

  destroy(): void {
    this.calls.push('destroy');
    if (!this.isOpen && !this.#closing) return;
    this.isOpen = false;
    this.#fail(new DisconnectsClientError());
    this.end();
  }

  retry(delay: number): void {
    this.calls.push(`retry ${delay}`);
    if (delay === 0) this.handlers.reconnecting();
  }

  giveUp(error: Error): void {
    this.calls.push('giveUp');
    this.isOpen = false;
    this.#fail(error);
  }

  ref(): void {
    this.calls.push('ref');
  }

  unref(): void {
    this.calls.push('unref');
  }

  setDatabase(database: number): void {
    this.calls.push(`setDatabase ${database}`);
  }

  setRestored(commands: readonly Buffer[]): void {
    this.calls.push(`setRestored ${commands.length}`);
  }

  setSubscriptions(kind: SubscriptionKind, channels: readonly string[]): void {
    this.calls.push(`setSubscriptions ${kind} ${channels.join(' ')}`);
  }

  credentialsChanged(): void {
    this.calls.push('credentialsChanged');
  }

  setMonitor(): void {
    this.calls.push('setMonitor');
  }

  setCredentials({ username, password }: { username?: string; password?: string }): void {
    this.calls.push(`setCredentials ${username} ${password}`);
  }

  untrack(): void {
    this.calls.push('untrack');
  }

  onDrained(listener: () => void): void {
    this.#drained = listener;
  }

  newLoad(): CacheLoad {
    throw new Error('A scripted link has no cache');
  }

  refusal(bytes: number, options: LinkCommandOptions = {}): Error | undefined {
    if (!this.isOpen) return new ClientClosedError();
    return this.options?.limits?.refusal(this, bytes, this.isReady)
      ?? (hasLimits(options, options.timeout ?? 0) ? limitsRefusal(options) : undefined);
  }

  get encoding(): CommandEncoding {
    return this.#encoder;
  }

  submit(encoder: CommandEncoder, command: Command | undefined, options: LinkCommandOptions, name = command?.name): Promise<unknown> {
    let length: number;
    try {
      length = encoder.end();
    } catch (error) {
      return Promise.reject(refusedCommand(this.isOpen ? error as Error : new ClientClosedError(), name));
    }
    const refusal = this.refusal(length, options);
    if (refusal !== undefined) return Promise.reject(refusedCommand(refusal, name));
    return this.#send(encoder.redisArgs.map(String), command, encoder.preserve, options, length);
  }

  submitChain(commands: readonly EncodedCommand[], options: LinkCommandOptions): Promise<unknown>[] {
    const size = commands.reduce((sum, { length }) => sum + length, 0);
    const refusal = this.isOpen ? this.options?.limits?.chainRefusal(this, commands.length, size) : new ClientClosedError();
    if (refusal !== undefined) throw refusedCommand(refusal, commands[0]?.name);
    return commands.map(({ bytes, larges, length, command, preserve }) => {
      const words = readArguments(bytes, bytes.indexOf('$'), [], larges ?? []).map(String);
      return this.#send(words, command, preserve, options, length);
    });
  }

  subscribe(kind: SubscriptionKind, channels: readonly (string | Buffer)[]): Promise<void> {
    return this.#send(['subscribe', kind, ...channels.map(String)], undefined, undefined, {}, 0) as Promise<void>;
  }

  unsubscribe(kind: SubscriptionKind, channels: readonly (string | Buffer)[] = []): Promise<void> {
    return this.#send(['unsubscribe', kind, ...channels.map(String)], undefined, undefined, {}, 0) as Promise<void>;
  }

  monitor(): Promise<void> {
    return this.#send(['MONITOR'], undefined, undefined, {}, 0) as Promise<void>;
  }

  reset(): Promise<void> {
    return this.#send(['RESET'], undefined, undefined, {}, 0) as Promise<void>;
  }

  /** The words of all commands so far. */
  get wire(): string[] {
    return this.sent.map(({ words }) => words.join(' '));
  }

  #send(
    words: string[], command: Command | undefined, preserve: unknown, options: LinkCommandOptions, bytes: number,
  ): Promise<unknown> {
    this.outstanding++;
    this.outstandingBytes += bytes;
    return new Promise((resolve, reject) => {
      const settle = (act: () => void): void => {
        if (!this.#waiting.delete(refuse)) return;
        this.outstanding--;
        this.outstandingBytes -= bytes;
        if (this.outstanding === 0) this.#drained?.();
        act();
      };
      const refuse = (error: Error): void => settle(() => reject(error));
      this.#waiting.add(refuse);
      const reply = (value: unknown): void => settle(() => {
        if (value instanceof Error) return reject(value);
        const transform = transformOf(command, this.resp);
        resolve(transform === undefined ? value : transform(value as never, preserve, options.typeMapping));
      });
      this.sent.push({ words, options, reply });
      const answer = this.answer?.(words);
      if (answer !== undefined) reply(answer);
    });
  }

  #fail(error: Error): void {
    for (const refuse of [...this.#waiting]) refuse(error);
  }
}

/** A client on a scripted link, its links in the order of their making, and its events as text. */
export interface Rig {
  client: RedisClientType;
  links: ScriptedLink[];
  /** The link in use. */
  readonly link: ScriptedLink;
  events: string[];
}

const EVENTS = [
  'connect', 'ready', 'reconnecting', 'terminated', 'end', 'ping-interval', 'invalidate', 'sharded-channel-moved', 'error',
];

/** @param listensToErrors false leaves `error` without a listener */
export function rig(options: AnyRedisClientOptions = {}, listensToErrors = true): Rig {
  const links: ScriptedLink[] = [];
  const newLink = (handlers: LinkHandlers): Link => {
    const link = new ScriptedLink(handlers);
    links.push(link);
    return link;
  };
  const client = makeClient(options, newLink) as unknown as RedisClientType;
  const events: string[] = [];
  for (const event of EVENTS) {
    if (event === 'error' && !listensToErrors) continue;
    client.on(event, (...args: unknown[]) => {
      const texts = args.map((arg) => (arg instanceof Error ? `${arg.constructor.name}: ${arg.message}` : String(arg)));
      events.push([event, ...texts].join(' '));
    });
  }
  return {
    client,
    links,
    events,
    get link() {
      return links[links.length - 1] as ScriptedLink;
    },
  };
}

/** A rig that is connected, with a link that answers. */
export async function readyRig(options: AnyRedisClientOptions = {}, answer?: (words: string[]) => unknown): Promise<Rig> {
  const made = rig(options);
  made.link.answer = answer;
  const connecting = made.client.connect();
  made.link.becomeReady();
  await connecting;
  return made;
}

/** Lets promises that are settled run on. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
