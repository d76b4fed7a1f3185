/** Assigns clients of a pool: plain commands share clients, tasks get a client exclusively. */
import type { CommandOptions } from '../client/options/command-options';
import { Context } from '../context';
import { ClientClosedError } from '../errors';
import type { Command } from '../wire/command';
import type { CommandEncoder } from '../wire/encoder';
import { isThenable } from '../wire/realms';
import { Clients, type ClientsListener, type PoolOwner } from './clients';
import { Growth } from './growth';
import { Doing, type Member } from './members';
import type { RedisPoolOptions } from './options';
import type { PooledClient } from './pooled-client';
import { recover, type RecoveryListener } from './recovery';
import { naming, TaskQueue, type Task } from './task-queue';

/** The state of a pool. */
export const enum LendingState {
  /** Nothing is accepted and no task waits. */
  Closed,
  Open,
  /** Nothing is accepted; earlier tasks and commands finish. Members end as soon as these do not need them. */
  Closing,
}

export class Lending implements ClientsListener, RecoveryListener {
  readonly clients: Clients;
  readonly queue: TaskQueue;
  state = LendingState.Closed;
  readonly #sharesClients: boolean;
  readonly #left: () => void;
  readonly #growth: Growth;

  /** @param left called after a client was removed */
  constructor(owner: PoolOwner, options: Readonly<RedisPoolOptions>, left: () => void) {
    this.clients = new Clients(owner, options, this);
    this.queue = new TaskQueue(options.acquireTimeout, () => this.#waitingChanged(), () => this.clients.networkError);
    // If the queues of clients are limited, each command gets a client exclusively.
    this.#sharesClients = !owner.hasQueueLimits;
    this.#left = left;
    this.#growth = new Growth(this.clients, this.queue, () => this.isAccepting);
  }

  /** Whether plain commands share clients now. */
  get isSharing(): boolean {
    return this.isAccepting && this.#sharesClients;
  }

  /** Whether tasks and commands are accepted. */
  get isAccepting(): boolean {
    return this.state === LendingState.Open;
  }

  /** Runs the command in the encoder on a shared client. Returns `undefined` if none is available. */
  runShared(encoder: CommandEncoder, command: Command, options: CommandOptions): Promise<unknown> | undefined {
    const { members } = this.clients;
    const hadIdle = members.idle.length > 0;
    const member = members.choose();
    if (member === undefined) return undefined;
    const reply = member.client._runner.run(encoder, command, options);
    this.#used(member, hadIdle);
    return reply;
  }

  /** Runs a function on a shared client. It must send all its commands synchronously. @param name the command's name, for errors */
  share<T>(run: (client: PooledClient) => Promise<T>, name?: string): Promise<T> {
    if (!this.isSharing) return this.lend(run, name);
    const { members } = this.clients;
    const hadIdle = members.idle.length > 0;
    const member = members.choose();
    if (member === undefined) return this.#waitForShare(run, name);
    try {
      return run(member.client);
    } catch (error) {
      return Promise.reject(error);
    } finally {
      this.#used(member, hadIdle);
    }
  }

  #waitForShare<T>(run: (client: PooledClient) => Promise<T>, name: string | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const task: Task = { isExclusive: false, run: new Context().bind(run), resolve: resolve as Task['resolve'], reject: naming(reject, name) };
      this.queue.push(task);
      if (this.clients.members.connecting === 0) this.#growth.start(task);
    });
  }

  /** Updates the pool after a plain command was sent on a member. */
  #used(member: Member, hadIdle: boolean): void {
    // The client refused the command.
    const { members } = this.clients;
    if (member.doing === Doing.Busy && member.outstanding === 0) members.place(member, Doing.Idle);
    if (!hadIdle && members.connecting === 0) this.#growth.start();
  }

  /** Lends a client to `run` until the promise that it returns settles. @param name the command's name, for errors */
  lend<T>(run: (client: PooledClient) => T, name?: string): Promise<Awaited<T>> {
    return new Promise((resolve, reject) => {
      if (!this.isAccepting) return naming(reject, name)(new ClientClosedError());
      const task: Task = { isExclusive: true, run, resolve: resolve as Task['resolve'], reject: naming(reject, name) };
      const member = this.#free();
      if (member !== undefined) {
        if (this.#give(member, task) && this.#recovers(member)) this.offer(member, false);
        return;
      }
      // It may run in the turn of another task that returns a client, so it is bound to its own async context.
      task.run = new Context().bind(run);
      this.queue.push(task);
      this.#reserve();
      this.#growth.start(task);
    });
  }

  /** Chooses a member for a task. A member that is reconnecting is the last choice. */
  #free(): Member | undefined {
    const { idle, busy, offline, reserved } = this.clients.members;
    if (idle.length > 0) return idle[idle.length - 1];
    return busy.length === 0 && reserved === 0 ? offline.find(({ outstanding }) => outstanding === 0) : undefined;
  }

  /** Reserves busy members for waiting tasks, so that a steady load of plain commands cannot starve them. */
  #reserve(): void {
    const { queue, clients: { members } } = this;
    while (members.reserved < queue.exclusive && members.busy.length > 0) {
      members.place(members.lightest(members.busy) as Member, Doing.Reserved);
    }
  }

  /** Lends a member to a task. Returns true if the task has already finished. */
  #give(member: Member, { run, resolve, reject }: Task): boolean {
    this.clients.members.place(member, Doing.Lent);
    let result: unknown;
    try {
      result = run(member.client);
      if (!isThenable(result)) {
        resolve(result);
        return true;
      }
    } catch (error) {
      reject(error);
      return true;
    }
    Promise.resolve(result).then(
      (value) => {
        this.#returned(member);
        resolve(value);
      },
      (error: unknown) => {
        this.#returned(member);
        reject(error);
      },
    );
    return false;
  }

  #returned(member: Member): void {
    if (this.#recovers(member)) this.offer(member, false);
  }

  /**
   * Undoes the session changes of a task. Returns true if the next task may use the member: the undoing commands are sent before its own.
   */
  #recovers(member: Member): boolean {
    if (member.doing !== Doing.Lent) return false;
    const { client } = member;
    if (!client.isOpen) {
      this.discard(member);
      return false;
    }
    const left = client._remains;
    if (left === 0) return true;
    this.clients.members.place(member, Doing.Settling);
    // Commands that are still in flight may change the session, so their replies must arrive first.
    return member.outstanding === 0 && recover(member, left, !this.#sharesClients, this);
  }

  recovered(member: Member): void {
    this.offer(member, false);
  }

  spoilt(member: Member): void {
    this.discard(member);
  }

  connected(member: Member): void {
    this.offer(member, false);
  }

  reconnected(member: Member): void {
    this.offer(member, true);
  }

  disconnected(member: Member): void {
    const { doing } = member;
    if (doing === Doing.Idle || doing === Doing.Busy || doing === Doing.Reserved) this.#wentOffline(member);
    else if (this.#isClosing && doing !== Doing.Connecting) this.leaveSoon(member);
  }

  failed(member: Member): void {
    if (member.doing === Doing.Connecting) {
      if (this.#isClosing) this.leaveSoon(member);
    } else if (!member.client.isOpen && !isHeld(member.doing)) {
      // Its reconnect strategy gave up.
      this.discard(member);
    }
  }

  ended(member: Member): void {
    if (!isHeld(member.doing)) this.discard(member);
  }

  left(): void {
    this.#left();
  }

  drained(member: Member): void {
    if (member.doing === Doing.Busy && this.queue.length === 0) {
      if (this.#leaves(member)) return;
      this.clients.members.place(member, member.client.isReady ? Doing.Idle : Doing.Offline);
      this.#becameIdle();
    } else if (member.doing === Doing.Busy || member.doing === Doing.Reserved) {
      queueMicrotask(() => {
        const isFree = member.doing === Doing.Busy || member.doing === Doing.Reserved;
        if (isFree && member.outstanding === 0) this.offer(member, false);
      });
    } else if (member.doing === Doing.Settling) {
      // Deferred until the handlers of the last replies have noted what these changed.
      setImmediate(() => {
        if (member.doing !== Doing.Settling || member.outstanding > 0) return;
        const left = member.client._remains;
        if (left === 0 || recover(member, left, !this.#sharesClients, this)) this.offer(member, false);
      });
    }
  }

  /**
   * Offers a member that no task has to waiting tasks and commands.
   *
   * @param isShared whether plain commands may be in flight on it
   */
  offer(member: Member, isShared: boolean): void {
    const { queue } = this;
    let shared = isShared;
    for (let task = queue.first; task !== undefined; task = queue.first) {
      if (task.isExclusive && shared && member.outstanding > 0) return this.clients.members.place(member, Doing.Reserved);
      queue.remove(task);
      if (!task.isExclusive) {
        shared = true;
        runShared(member.client, task);
      } else if (!this.#give(member, task) || !this.#recovers(member)) {
        return;
      } else {
        shared = false;
      }
    }
    if (this.#leaves(member)) return;
    this.clients.members.place(member, stateOf(member, shared));
    if (member.doing === Doing.Idle) this.#becameIdle();
  }

  #wentOffline(member: Member): void {
    const { queue, clients: { members } } = this;
    members.place(member, Doing.Offline);
    if (this.#leaves(member)) return;
    const isLast = members.busy.length === 0 && members.reserved === 0;
    if (queue.length > 0 && isLast) this.offer(member, true);
    else this.#reserve();
  }

  #becameIdle(): void {
    if (this.isAccepting) this.clients.watchIdle();
  }

  get #isClosing(): boolean {
    return this.state === LendingState.Closing;
  }

  /** Ends a member at once, and opens another one if needed. */
  discard(member: Member): void {
    this.clients.end(member);
    if (this.isAccepting) this.#growth.replace();
    this.#left();
  }

  /** Ends a free member if it has closed or the pool is closing. Returns whether it did. */
  #leaves(member: Member): boolean {
    if (!member.client.isOpen) this.discard(member);
    else if (this.#isClosing) this.clients.retire(member);
    else return false;
    return true;
  }

  /** Ends a member of a closing pool, if no running or waiting task needs it. */
  leaveSoon(member: Member): void {
    const { client, doing, hasFailed } = member;
    if (doing === Doing.Idle || doing === Doing.Busy || doing === Doing.Offline) this.clients.retire(member);
    else if (doing === Doing.Connecting) {
      if (hasFailed || this.queue.length === 0) client.destroy();
    } else if (client.isReady) return;
    // Its connection is lost: closing rejects the commands that wait for one, so that the task can continue.
    else if (doing === Doing.Lent) client.close().catch(() => undefined);
    else if (doing === Doing.Settling || doing === Doing.Reserved) this.discard(member);
  }

  /** Called when tasks have left the queue. A closing pool then ends members that are still connecting. */
  #waitingChanged(): void {
    if (!this.#isClosing) return;
    for (const member of [...this.clients.members.all]) if (member.doing === Doing.Connecting) this.leaveSoon(member);
  }

  /** Stops opening and ending clients in the background. */
  rest(): void {
    this.clients.keepIdle();
    this.#growth.rest();
  }
}

/** Whether a task or a pending operation holds the member and will notice its end. */
function isHeld(doing: Doing): boolean {
  return doing === Doing.Connecting || doing === Doing.Lent || doing === Doing.Leaving;
}

function stateOf(member: Member, shared: boolean): Doing {
  if (!member.client.isReady) return Doing.Offline;
  return shared && member.outstanding > 0 ? Doing.Busy : Doing.Idle;
}

function runShared(client: PooledClient, { run, resolve, reject }: Task): void {
  try {
    resolve(run(client));
  } catch (error) {
    reject(error);
  }
}
