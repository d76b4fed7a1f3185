/** The life of a pool: which clients there are, from `connect()` to `close()`. */
import { Context, noContext } from '../context';
import { ClientClosedError, DisconnectsClientError } from '../errors';
import { LONGEST_TIMER } from '../timers';
import type { CloseOptions } from '../client';
import { Lending } from './lending';
import { Doing, Member } from './members';
import type { RedisPoolOptions } from './options';
import type { PooledClient } from './pooled-client';
import type { Task } from './task-queue';

/** What the core needs of its pool. */
export interface PoolOwner {
  /** Makes a client that is not connected. */
  makeClient(): PooledClient;
  /** Whether `commandsQueueMaxLength` or `commandsQueueMaxBytes` limits the clients. */
  readonly hasQueueLimits: boolean;
  /** All clients are closed. */
  ended(): void;
  failed(error: unknown): void;
  hearsErrors(): boolean;
}

interface Closing {
  readonly promise: Promise<void>;
  resolve(): void;
  timer: NodeJS.Timeout | undefined;
}

/** Ms without new attempts after one in the background has failed. */
const GROWTH_PAUSE = 1000;

export class PoolCore extends Lending {
  readonly #owner: PoolOwner;
  #isOpen = false;
  /** Another one after each `connect()`. */
  #life = {};
  /** The one of `connect()`: all clients are opened there, whoever needs them. */
  #context = noContext;
  /** Why a client could not be connected, until one can be. */
  #networkError: Error | undefined;
  #closing: Closing | undefined;
  #cleanup: NodeJS.Timeout | undefined;
  #pause: NodeJS.Timeout | undefined;

  constructor(owner: PoolOwner, options: Readonly<RedisPoolOptions>) {
    super(options, !owner.hasQueueLimits);
    this.#owner = owner;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get isClosing(): boolean {
    return this.#closing !== undefined;
  }

  get total(): number {
    return this.members.all.size;
  }

  get idle(): number {
    return this.members.idle.length + this.members.offline.length;
  }

  get waiting(): number {
    return this.queue.length;
  }

  /** Opens the clients that are always there. @returns false when the pool was open */
  async connect(): Promise<boolean> {
    if (this.#isOpen) return false;
    this.#isOpen = true;
    this.isAccepting = true;
    const life = {};
    this.#life = life;
    this.#context = new Context();
    this.#networkError = undefined;
    const opened: Promise<void>[] = [];
    while (opened.length < this.options.minimum) opened.push(this.#create());
    try {
      await Promise.all(opened);
    } catch (error) {
      // It may have been closed, and even opened again meanwhile.
      if (this.#life === life && this.isAccepting) this.destroy(() => error as Error);
      throw error;
    }
    return true;
  }

  close({ timeout }: CloseOptions = {}): Promise<void> {
    if (this.#closing !== undefined) return this.#closing.promise;
    if (!this.#isOpen) return Promise.resolve();
    this.isAccepting = false;
    this.#stopTimers();
    let resolve!: () => void;
    const promise = new Promise<void>((onResolve) => {
      resolve = onResolve;
    });
    const isLimited = timeout !== undefined && timeout <= LONGEST_TIMER;
    const timer = isLimited ? setTimeout(() => this.destroy(), timeout) : undefined;
    this.#closing = { promise, resolve, timer };
    for (const member of [...this.members.all]) this.#leaveSoon(member);
    this.#endIfEmpty();
    return promise;
  }

  /** @param reason makes the error of the tasks that wait */
  destroy(reason: () => Error = () => new DisconnectsClientError()): void {
    this.isAccepting = false;
    this.#stopTimers();
    const members = [...this.members.all];
    for (const member of members) this.members.remove(member);
    for (const { client } of members) client.destroy();
    this.queue.rejectAll(reason);
    this.#end();
  }

  /**
   * Opens a client.
   *
   * @param failed told of what went wrong once the client is no member any more
   * @throws (rejects) what its `connect()` fails with, and what makes its options unusable
   */
  async #create(failed?: (error: unknown) => void): Promise<void> {
    let member: Member | undefined;
    try {
      member = this.#newMember();
      const { client } = member;
      await this.#context.run(() => client.connect());
      if (member.doing === Doing.Gone) throw new DisconnectsClientError();
    } catch (error) {
      if (member !== undefined && member.doing !== Doing.Gone) {
        if (!(error instanceof DisconnectsClientError)) this.#networkError = error as Error;
        this.members.remove(member);
      }
      failed?.(error);
      this.#endIfEmpty();
      throw error;
    }
    this.offer(member, false);
  }

  #newMember(): Member {
    const client = this.#owner.makeClient();
    const member: Member = new Member(client, {
      happened: (event, detail) => this.#happened(member, event, detail),
      hearsErrors: () => this.#owner.hearsErrors(),
    });
    client._runner.onDrained(() => this.drained(member));
    this.members.add(member);
    return member;
  }

  protected override grow(task?: Task): void {
    if (task === undefined && this.#pause !== undefined) return;
    // Whom it concerns is told here.
    this.#create((error) => this.#growthFailed(task, error)).catch(() => undefined);
  }

  /**
   * The task fails, whatever else there is. Without any client left, so do plain commands that wait; other tasks try for
   * themselves.
   */
  #growthFailed(task: Task | undefined, error: unknown): void {
    const { queue, members } = this;
    if (task === undefined) this.#pauseGrowth();
    else if (queue.remove(task)) task.reject(error);
    if (members.all.size > 0 || !this.isAccepting) return;
    for (let first = queue.first; first !== undefined && !first.isExclusive; first = queue.first) {
      queue.remove(first);
      first.reject(error);
    }
    if (queue.first !== undefined) this.grow(queue.first);
  }

  #pauseGrowth(): void {
    if (!this.isAccepting || this.#pause !== undefined) return;
    this.#pause = noContext.run(() => setTimeout(() => {
      this.#pause = undefined;
    }, GROWTH_PAUSE).unref());
  }

  protected override discard(member: Member): void {
    const { members, queue } = this;
    members.remove(member);
    member.client.destroy();
    if (this.isAccepting) {
      const isNeeded = queue.length > 0 && members.connecting === 0 && members.all.size < this.options.maximum;
      if (members.all.size < this.options.minimum || isNeeded) this.grow(members.all.size === 0 ? queue.first : undefined);
    }
    this.#endIfEmpty();
  }

  #happened(member: Member, event: string, detail: unknown): void {
    const { doing } = member;
    if (doing === Doing.Gone) return;
    if (event === 'error') this.#memberFailed(member, detail);
    else if (event === 'ready') {
      this.#networkError = undefined;
      if (doing === Doing.Offline) this.offer(member, true);
    } else if (event === 'reconnecting') {
      if (doing === Doing.Idle || doing === Doing.Busy || doing === Doing.Reserved) this.wentOffline(member);
      else if (this.isClosing && doing !== Doing.Connecting) this.#leaveSoon(member);
    } else if (event === 'end' && !isHeld(doing)) this.discard(member);
  }

  #memberFailed(member: Member, error: unknown): void {
    member.hasFailed = true;
    if (!member.client.isReady) this.#networkError = error as Error;
    this.#owner.failed(error);
    if (member.doing === Doing.Gone) return;
    if (member.doing === Doing.Connecting) {
      if (this.isClosing) this.#leaveSoon(member);
    } else if (!member.client.isOpen && !isHeld(member.doing)) {
      // It has given up.
      this.discard(member);
    }
  }

  /** The pool is closing: ends a member that is not needed for what runs and waits. */
  #leaveSoon(member: Member): void {
    const { client, doing, hasFailed } = member;
    if (doing === Doing.Idle || doing === Doing.Busy || doing === Doing.Offline) this.#retire(member);
    else if (doing === Doing.Connecting) {
      if (hasFailed || this.queue.length === 0) client.destroy();
    } else if (client.isReady) return;
    // Without a connection, what waits for one is rejected, and the task goes on.
    else if (doing === Doing.Lent) client.close().catch(() => undefined);
    else if (doing === Doing.Settling || doing === Doing.Reserved) this.discard(member);
  }

  /** Lets commands finish. */
  #retire(member: Member): void {
    this.members.place(member, Doing.Leaving);
    const gone = (): void => {
      if (member.doing === Doing.Gone) return;
      this.members.remove(member);
      this.#endIfEmpty();
    };
    member.client.close().then(gone, () => {
      member.client.destroy();
      gone();
    });
  }

  protected override leaves(member: Member): boolean {
    if (!member.client.isOpen) this.discard(member);
    else if (this.isClosing) this.#retire(member);
    else return false;
    return true;
  }

  protected override get networkError(): Error | undefined {
    return this.#networkError;
  }

  protected override waitingChanged(): void {
    if (!this.isClosing) return;
    for (const member of [...this.members.all]) if (member.doing === Doing.Connecting) this.#leaveSoon(member);
  }

  protected override becameIdle(): void {
    if (this.#cleanup !== undefined || this.total <= this.options.minimum || !this.isAccepting) return;
    this.members.watchIdle();
    const delay = Math.min(this.options.cleanupDelay, LONGEST_TIMER);
    this.#cleanup = noContext.run(() => setTimeout(() => this.#cleanUp(), delay).unref());
  }

  /** Ends members that nobody needed since the last time. */
  #cleanUp(): void {
    this.#cleanup = undefined;
    const { members } = this;
    const surplus = Math.min(members.fewestIdle, this.total - this.options.minimum);
    for (const member of members.idle.slice(0, Math.max(0, surplus))) {
      if (member.outstanding > 0) continue;
      members.remove(member);
      member.client.destroy();
    }
    this.becameIdle();
  }

  #endIfEmpty(): void {
    if (!this.isClosing || this.members.all.size > 0) return;
    const error = this.#networkError;
    this.queue.rejectAll(() => error ?? new ClientClosedError());
    this.#end();
  }

  #end(): void {
    const closing = this.#closing;
    this.#closing = undefined;
    if (this.#isOpen) this.#owner.ended();
    this.#isOpen = false;
    clearTimeout(closing?.timer);
    closing?.resolve();
  }

  #stopTimers(): void {
    clearTimeout(this.#cleanup);
    clearTimeout(this.#pause);
    this.#cleanup = undefined;
    this.#pause = undefined;
  }
}

/** Whoever holds the member will find out. */
function isHeld(doing: Doing): boolean {
  return doing === Doing.Connecting || doing === Doing.Lent || doing === Doing.Leaving;
}
