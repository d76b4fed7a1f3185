/** The life of a client's connection: opening, loss, reconnection, closing. Owns the link; knows nothing of commands. */
import { Context, noContext } from '../../context';
import { ClientClosedError, DisconnectsClientError, plainError, thrownError } from '../../errors';
import { LONGEST_TIMER } from '../../timers';
import { throwUncaught } from '../../uncaught';
import type { Link, NewLink } from '../../wire/client-link';
import type { LinkHandlers } from '../../wire/link-types';
import type { ConnectionSettings } from './link-options';
import type { ReconnectPolicy } from '../options/reconnect';

/** The client, as its {@link Connection} sees it. */
export interface ConnectionOwner
  extends Pick<LinkHandlers, 'credentials' | 'knownCredentials' | 'pushed' | 'wantsText' | 'monitored' | 'shardedChannelMoved' | 'cacheNews' | 'fellBack'
    | 'subscriptionRefused' | 'commandRefused' | 'maintenance' | 'maintenanceIgnored' | 'relaxed' | 'handedOver' | 'handOverFailed'> {
  /** Emits an event. @throws what a listener throws, and an `error` without a listener */
  emit(event: string, ...args: unknown[]): void;
  hasErrorListener(): boolean;
  /** Called when another link replaces the current one. */
  linkChanged(link: Link): void;
  /** Called when the link was opened. */
  opened(settings: ConnectionSettings): void;
  /** Called when the handshake is complete. */
  ready(): void;
  /** Called when the connection was lost or is about to be closed. */
  gone(): void;
  /** Called after `gone` when the connection was lost, and when an attempt to connect failed. */
  lost(): void;
  /** Called when the connection was closed by the user, or given up. */
  closed(): void;
}

/** How long `close()` may take. */
export interface CloseOptions {
  /** Time in ms after which unfinished commands are rejected, as by `destroy()`. Default: no limit. */
  timeout?: number;
}

/** The state of a connection. `connecting` lasts until `connect()` settles, `reconnecting` from a loss to the end of the next handshake. */
export type ConnectionStage = 'closed' | 'connecting' | 'ready' | 'reconnecting' | 'closing';

interface Deferred {
  promise: Promise<void>;
  resolve(): void;
  reject(error: unknown): void;
}

/** One link, with the calls that wait for it. */
interface Life {
  readonly link: Link;
  /** The reconnect policy; `undefined` before `connect()`. */
  policy?: ReconnectPolicy;
  /** The async context of `connect()`. Events, the reconnect strategy and other callbacks of an attempt run in it. */
  context: Context;
  /** Set while `connect()` waits. */
  opening?: Deferred;
  /** Set when `close()` or `destroy()` was called; settles when the teardown is complete. */
  closing?: Deferred;
  /** The last error of the current outage. */
  lastError?: Error;
  /** Whether `reconnecting` was already emitted for the next attempt. */
  isAnnounced?: boolean;
  /** Whether the link was opened. A link is opened only once. */
  isUsed?: boolean;
  /** Whether an uncaught exception was already thrown in this outage. */
  hasThrown?: boolean;
}

export class Connection {
  readonly #owner: ConnectionOwner;
  readonly #makeLink: NewLink;
  /** Lives whose teardown is in progress. */
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

  /** The current stage. */
  get state(): ConnectionStage {
    const { link } = this.#life;
    if (!link.isOpen) return this.#leaving.size > 0 ? 'closing' : 'closed';
    if (link.isReady) return 'ready';
    return this.#life.opening === undefined ? 'reconnecting' : 'connecting';
  }

  /** Runs a function in the async context of `connect()`. */
  run<A extends unknown[], R>(run: (...args: A) => R, ...args: A): R {
    return this.#life.context.run(run, ...args);
  }

  /** Connects. @param settings called unless the connection is already open; its result applies until the link ends */
  open(settings: () => ConnectionSettings): Promise<void> {
    if (this.#life.link.isOpen) return Promise.reject(plainError('Socket already opened', 'OXREDIS_ALREADY_OPEN'));
    let given: ConnectionSettings;
    try {
      given = settings();
    } catch (error) {
      return Promise.reject(error);
    }
    // The previous link may still be draining, so every life has its own link.
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

  /** Binds the user's callbacks of an attempt to the async context of `connect()`. */
  #keepContext({ context }: Life, { link }: ConnectionSettings): void {
    if (link.lookup !== undefined) link.lookup = context.bind(link.lookup);
    if (link.tls?.checkServerIdentity !== undefined) link.tls.checkServerIdentity = context.bind(link.tls.checkServerIdentity);
  }

  /** Closes the connection after the accepted commands have finished. Resolves when the teardown is complete. */
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
   * Rejects all commands and closes at once, including links that are draining. Does nothing if there is nothing to close.
   *
   * @throws what a listener of `end` throws, after everything was closed
   */
  destroy(): void {
    if (this.#life.link.isOpen) void this.#leave(this.#life);
    const failures: unknown[] = [];
    for (const life of [...this.#leaving]) {
      life.link.destroy();
      // From now on the client is neither open nor ready, even if the link's teardown takes longer.
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

  /** Starts the teardown of a life. A waiting `connect()` rejects with the last network error, or with `DisconnectsClientError`. */
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
        // A client that was closed meanwhile emits only `end`.
        if (life().closing === undefined) this.#emit(life(), 'connect');
      }),
      ready: there(() => this.#ready(life())),
      disconnected: there((error, retries, wasReady) => this.#disconnected(life(), error, retries, wasReady)),
      reconnecting: there(() => this.#reconnecting(life())),
      ended: there(() => this.#ended(life())),
      failed: there((error) => this.#emit(life(), 'error', error)),
      credentials: there(() => owner.credentials()),
      knownCredentials: there(() => owner.knownCredentials?.()),
      // Not bound to the context of `connect()`: each pub/sub listener runs in the context of its subscription.
      pushed: (kind, push) => owner.pushed(kind, push),
      wantsText: () => owner.wantsText?.() === true,
      cacheNews: there(() => owner.cacheNews?.()),
      monitored: there((line) => owner.monitored(line)),
      shardedChannelMoved: there((channel) => owner.shardedChannelMoved(channel)),
      fellBack: there((reason) => owner.fellBack?.(reason)),
      subscriptionRefused: there((kind, channel, reason) => owner.subscriptionRefused?.(kind, channel, reason)),
      commandRefused: there((number, reason) => owner.commandRefused?.(number, reason)),
      maintenance: there((notice) => owner.maintenance?.(notice)),
      maintenanceIgnored: there((kind, why) => owner.maintenanceIgnored?.(kind, why)),
      relaxed: there((isRelaxed) => owner.relaxed?.(isRelaxed)),
      handedOver: there(() => owner.handedOver?.()),
      handOverFailed: there((error) => owner.handOverFailed?.(error)),
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
    // Without a listener for `error` only `connect()` can report the failure; retrying silently would look like a hang.
    if (life.opening !== undefined && !this.#owner.hasErrorListener()) return this.#fail(life, error, error);
    this.#emit(life, 'error', error);
    // A listener may have closed the client.
    if (life.link.isOpen && decision.complaint !== undefined) this.#emit(life, 'error', decision.complaint);
    if (!life.link.isOpen) return;
    if (!wasReady) return life.link.retry(decision.delay);
    // The first attempt after a loss starts without a delay, so `reconnecting` is emitted at once.
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
   * Emits an event. An exception of a listener of `connect` or `ready` is emitted as `error`. Other exceptions reject a waiting
   * `connect()`; if none waits, the first one of each outage becomes an uncaught exception.
   *
   * @param opening the waiting `connect()`, if the life no longer refers to it
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

  /** Gives up, as the reconnect strategy decided. An exception of a listener replaces the cause. */
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

  /** Ends a life after a failure: queued commands reject with the network error, `connect()` with the cause. */
  #fail(life: Life, error: Error, cause: unknown): void {
    const { opening } = life;
    life.opening = undefined;
    life.link.giveUp(error);
    // From now on the client is closed, even if the link's teardown takes longer.
    if (life === this.#life) this.#replaceLife();
    this.#owner.closed();
    opening?.reject(cause);
  }

  /** Completes a teardown. @param failed called with what a listener throws; without it, `close()` rejects with that */
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
