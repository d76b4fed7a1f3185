/** The life of a client's connection: open, lost and found again, closed. Owns the link; knows no commands. */
import { Context, noContext } from '../../context';
import { ClientClosedError, DisconnectsClientError, plainError, thrownError } from '../../errors';
import { LONGEST_TIMER } from '../../timers';
import { throwUncaught } from '../../uncaught';
import type { Link, NewLink } from '../../wire/client-link';
import type { LinkHandlers } from '../../wire/link-types';
import type { ConnectionSettings } from './link-options';
import type { ReconnectPolicy } from '../options/reconnect';

/** The client, as its connection sees it. */
export interface ConnectionOwner
  extends Pick<LinkHandlers, 'credentials' | 'knownCredentials' | 'pushed' | 'wantsText' | 'monitored' | 'shardedChannelMoved' | 'cacheNews' | 'fellBack'
    | 'subscriptionRefused' | 'commandRefused'> {
  /** Throws what a listener throws, and an `error` that nobody listens to. */
  emit(event: string, ...args: unknown[]): void;
  hasErrorListener(): boolean;
  /** Another link is in use from now on. */
  linkChanged(link: Link): void;
  /** The link was opened. */
  opened(settings: ConnectionSettings): void;
  /** The handshake is done. */
  ready(): void;
  /** The connection is gone: lost, or about to be closed. */
  gone(): void;
  /** It was lost, or an attempt to connect failed; called after `gone`. */
  lost(): void;
  /** The connection was closed on purpose, or for good. */
  closed(): void;
}

/** How long `close()` may take. */
export interface CloseOptions {
  /** Ms after which what is still running is rejected, as by `destroy()`. Default: no limit. */
  timeout?: number;
}

/** `reconnecting` lasts from a loss to the next handshake, `connecting` until `connect()` settles. */
export type ConnectionStage = 'closed' | 'connecting' | 'ready' | 'reconnecting' | 'closing';

interface Deferred {
  promise: Promise<void>;
  resolve(): void;
  reject(error: unknown): void;
}

/** One link with what is waiting for it. */
interface Life {
  readonly link: Link;
  /** What to do after a loss; there is none before `connect()`. */
  policy?: ReconnectPolicy;
  /** The one of `connect()`: events, the strategy, and what is asked for during an attempt run there. */
  context: Context;
  /** `connect()` waits. */
  opening?: Deferred;
  /** `close()` or `destroy()` was called; settles when the teardown is complete. */
  closing?: Deferred;
  /** Of the current outage. */
  lastError?: Error;
  /** `reconnecting` was emitted for the next attempt. */
  isAnnounced?: boolean;
  /** It was opened: a link serves one life. */
  isUsed?: boolean;
  /** An exception of this outage was handed to the process. */
  hasThrown?: boolean;
}

export class Connection {
  readonly #owner: ConnectionOwner;
  readonly #makeLink: NewLink;
  /** Lives that are being torn down. */
  readonly #leaving = new Set<Life>();
  #life: Life;
  #unref = false;

  constructor(owner: ConnectionOwner, newLink: NewLink) {
    this.#owner = owner;
    this.#makeLink = newLink;
    this.#life = this.#newLife();
  }

  get link(): Link {
    return this.#life.link;
  }

  /** What it is doing, in a word. */
  get state(): ConnectionStage {
    const { link } = this.#life;
    if (!link.isOpen) return this.#leaving.size > 0 ? 'closing' : 'closed';
    if (link.isReady) return 'ready';
    return this.#life.opening === undefined ? 'reconnecting' : 'connecting';
  }

  /** Runs something in the context of `connect()`. */
  run<A extends unknown[], R>(run: (...args: A) => R, ...args: A): R {
    return this.#life.context.run(run, ...args);
  }

  /** @param settings asked for unless it is open already; they hold until the link ends */
  open(settings: () => ConnectionSettings): Promise<void> {
    if (this.#life.link.isOpen) return Promise.reject(plainError('Socket already opened', 'OXREDIS_ALREADY_OPEN'));
    let given: ConnectionSettings;
    try {
      given = settings();
    } catch (error) {
      return Promise.reject(error);
    }
    // A link may still be draining: every life has a link of its own.
    if (this.#life.isUsed) this.#replaceLife();
    const life = this.#life;
    life.isUsed = true;
    life.policy = given.policy;
    life.context = new Context();
    this.#keepContext(life, given);
    life.opening = deferred();
    const { promise } = life.opening;
    try {
      life.link.open(given.link);
    } catch (error) {
      life.opening = undefined;
      return Promise.reject(error);
    }
    this.#owner.opened(given);
    return promise;
  }

  /** What an attempt to connect asks for runs in the context of `connect()`, too. */
  #keepContext({ context }: Life, { link }: ConnectionSettings): void {
    if (link.lookup !== undefined) link.lookup = context.bind(link.lookup);
    if (link.tls?.checkServerIdentity !== undefined) link.tls.checkServerIdentity = context.bind(link.tls.checkServerIdentity);
  }

  /** Lets what was accepted finish. Resolves when the teardown is complete. */
  close({ timeout }: CloseOptions = {}): Promise<void> {
    const life = this.#life;
    if (!life.link.isOpen) return Promise.reject(new ClientClosedError());
    const done = this.#leave(life);
    const isLimited = timeout !== undefined && timeout <= LONGEST_TIMER;
    const timer = isLimited ? setTimeout(() => life.link.destroy(), timeout) : undefined;
    life.link.close();
    return timer === undefined ? done : done.finally(() => clearTimeout(timer));
  }

  /**
   * Rejects everything and closes, also what is still draining. Harmless when there is nothing to close.
   *
   * @throws what a listener of `end` throws, when all is done
   */
  destroy(): void {
    if (this.#life.link.isOpen) void this.#leave(this.#life);
    const failures: unknown[] = [];
    for (const life of [...this.#leaving]) {
      life.link.destroy();
      // Neither open nor ready from this moment on, whatever the link still has to tidy up.
      if (life === this.#life) this.#replaceLife();
      this.#ended(life, (error) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }

  ref(): void {
    this.#unref = false;
    this.#life.link.ref();
  }

  unref(): void {
    this.#unref = true;
    this.#life.link.unref();
  }

  /** `connect()` of a link that is taken away fails with the last network error, or as a destroyed one. */
  #leave(life: Life): Promise<void> {
    life.closing = deferred();
    this.#leaving.add(life);
    this.#owner.gone();
    this.#owner.closed();
    const { opening } = life;
    life.opening = undefined;
    opening?.reject(life.lastError ?? new DisconnectsClientError());
    return life.closing.promise;
  }

  #replaceLife(): void {
    this.#life = this.#newLife();
    if (this.#unref) this.#life.link.unref();
    this.#owner.linkChanged(this.#life.link);
  }

  #newLife(): Life {
    const life: Life = { link: this.#makeLink(this.#handlers(() => life)), context: noContext };
    return life;
  }

  #handlers(life: () => Life): LinkHandlers {
    const owner = this.#owner;
    const there = <A extends unknown[], R>(run: (...args: A) => R) => (...args: A): R => life().context.run(run, ...args);
    return {
      connected: there(() => {
        // A client that was closed meanwhile is not heard of again, but for its end.
        if (life().closing === undefined) this.#emit(life(), 'connect');
      }),
      ready: there(() => this.#ready(life())),
      disconnected: there((error, retries, wasReady) => this.#disconnected(life(), error, retries, wasReady)),
      reconnecting: there(() => this.#reconnecting(life())),
      ended: there(() => this.#ended(life())),
      failed: there((error) => this.#emit(life(), 'error', error)),
      credentials: there(() => owner.credentials()),
      knownCredentials: there(() => owner.knownCredentials?.()),
      // Listeners have contexts of their own.
      pushed: (kind, push) => owner.pushed(kind, push),
      wantsText: () => owner.wantsText?.() === true,
      cacheNews: there(() => owner.cacheNews?.()),
      monitored: there((line) => owner.monitored(line)),
      shardedChannelMoved: there((channel) => owner.shardedChannelMoved(channel)),
      fellBack: there((reason) => owner.fellBack?.(reason)),
      subscriptionRefused: there((kind, channel, reason) => owner.subscriptionRefused?.(kind, channel, reason)),
      commandRefused: there((number, reason) => owner.commandRefused?.(number, reason)),
    };
  }

  #ready(life: Life): void {
    if (life.closing !== undefined) return;
    const { opening } = life;
    life.opening = undefined;
    life.lastError = undefined;
    life.hasThrown = false;
    this.#owner.ready();
    this.#emit(life, 'ready', undefined, opening);
    opening?.resolve();
  }

  #disconnected(life: Life, error: Error, retries: number, wasReady: boolean): void {
    if (life.closing !== undefined) {
      life.link.giveUp(error);
      return this.#ended(life);
    }
    life.lastError = error;
    this.#owner.gone();
    this.#owner.lost();
    const decision = (life.policy as ReconnectPolicy).decide(retries, error);
    // The strategy may have closed the client.
    if (life.closing !== undefined) return;
    if (decision.giveUp) return this.#giveUp(life, error, decision.cause);
    // Nobody hears of a failing first connect but who waits for it: retrying unheard would hang.
    if (life.opening !== undefined && !this.#owner.hasErrorListener()) return this.#fail(life, error, error);
    this.#emit(life, 'error', error);
    // A listener may have closed the client.
    if (life.link.isOpen && decision.complaint !== undefined) this.#emit(life, 'error', decision.complaint);
    if (!life.link.isOpen) return;
    if (!wasReady) return life.link.retry(decision.delay);
    // The first attempt after a loss does not wait, and is told of in the same breath.
    life.isAnnounced = true;
    this.#emit(life, 'reconnecting');
    if (life.link.isOpen) life.link.retry(0);
  }

  #reconnecting(life: Life): void {
    const { isAnnounced } = life;
    life.isAnnounced = false;
    if (!isAnnounced && life.closing === undefined) this.#emit(life, 'reconnecting');
  }

  /**
   * Emits. What a listener throws ends a `connect()` that waits; but a listener of `connect` or `ready` has no say in that as long as
   * the exception can be told as an `error`. With nobody waiting it is an uncaught exception, one for each outage.
   *
   * @param opening the `connect()` that waits, if the life no longer knows it
   */
  #emit(life: Life, event: string, value?: unknown, opening = life.opening): void {
    try {
      if (value === undefined) this.#owner.emit(event);
      else this.#owner.emit(event, value);
    } catch (error) {
      const isProgress = event === 'connect' || event === 'ready';
      if (isProgress && this.#owner.hasErrorListener()) return this.#emit(life, 'error', error, opening);
      if (opening === undefined || life.closing !== undefined) return this.#throwLater(life, error);
      life.opening = opening;
      this.#fail(life, thrownError(error), error);
    }
  }

  #throwLater(life: Life, error: unknown): void {
    if (life.hasThrown) return;
    life.hasThrown = !life.link.isReady;
    throwUncaught(error);
  }

  /** The strategy wants no further attempt. What a listener throws of it takes the place of the cause. */
  #giveUp(life: Life, error: Error, cause: Error): void {
    const { opening } = life;
    const isUnheard = opening !== undefined && !this.#owner.hasErrorListener();
    life.opening = undefined;
    this.#fail(life, error, cause);
    try {
      this.#owner.emit('terminated', cause);
      if (!isUnheard) this.#owner.emit('error', error);
      opening?.reject(cause);
    } catch (thrown) {
      if (opening === undefined) this.#throwLater(life, thrown);
      else opening.reject(thrown);
    }
  }

  /** Queued commands get the network error, `connect()` the cause. */
  #fail(life: Life, error: Error, cause: unknown): void {
    const { opening } = life;
    life.opening = undefined;
    life.link.giveUp(error);
    // Closed from this moment on, whatever the link still has to tidy up.
    if (life === this.#life) this.#replaceLife();
    this.#owner.closed();
    opening?.reject(cause);
  }

  /** @param failed told what a listener throws, instead of who waits for the end */
  #ended(life: Life, failed?: (error: unknown) => void): void {
    if (!this.#leaving.delete(life)) return;
    const { closing } = life;
    life.closing = undefined;
    try {
      this.#owner.emit('end');
    } catch (error) {
      if (failed === undefined) closing?.reject(error);
      else failed(error);
    }
    closing?.resolve();
  }
}

function deferred(): Deferred {
  let resolve!: () => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
