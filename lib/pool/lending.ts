/** Who gets which client of a pool: plain commands share clients, tasks have one to themselves. */
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

/** What a pool is at. */
export const enum LendingState {
  /** Nothing new is accepted, and nobody waits. */
  Closed,
  Open,
  /** What was accepted is finished; members end as soon as they are not needed for that. */
  Closing,
}

export class Lending implements ClientsListener, RecoveryListener {
  readonly clients: Clients;
  readonly queue: TaskQueue;
  state = LendingState.Closed;
  readonly #sharesClients: boolean;
  readonly #left: () => void;
  readonly #growth: Growth;

  /** @param left called when there is one client less */
  constructor(owner: PoolOwner, options: Readonly<RedisPoolOptions>, left: () => void) {
    this.clients = new Clients(owner, options, this);
    this.queue = new TaskQueue(options.acquireTimeout, () => this.#waitingChanged(), () => this.clients.networkError);
    // With limited queues there is a client for every command.
    this.#sharesClients = !owner.hasQueueLimits;
    this.#left = left;
    this.#growth = new Growth(this.clients, this.queue, () => this.isAccepting);
  }

  /** Plain commands share clients at present. */
  get isSharing(): boolean {
    return this.isAccepting && this.#sharesClients;
  }

  /** Tasks and commands are accepted. */
  get isAccepting(): boolean {
    return this.state === LendingState.Open;
  }

  /** Runs the command in the encoder on a client that others use too. `undefined` when none is free for it. */
  runShared(encoder: CommandEncoder, command: Command, options: CommandOptions): Promise<unknown> | undefined {
    const { members } = this.clients;
    const hadIdle = members.idle.length > 0;
    const member = members.choose();
    if (member === undefined) return undefined;
    const reply = member.client._runner.run(encoder, command, options);
    this.#used(member, hadIdle);
    return reply;
  }

  /** Runs something that sends all it has to send at once, on a client that others use too. @param name of the command, for errors */
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

  /** A plain command was given to a member. */
  #used(member: Member, hadIdle: boolean): void {
    // It was refused by the client.
    const { members } = this.clients;
    if (member.doing === Doing.Busy && member.outstanding === 0) members.place(member, Doing.Idle);
    if (!hadIdle && members.connecting === 0) this.#growth.start();
  }

  /** Lends a client to `run` until what that returns is settled. @param name of the command, for errors */
  lend<T>(run: (client: PooledClient) => T, name?: string): Promise<Awaited<T>> {
    return new Promise((resolve, reject) => {
      if (!this.isAccepting) return naming(reject, name)(new ClientClosedError());
      const task: Task = { isExclusive: true, run, resolve: resolve as Task['resolve'], reject: naming(reject, name) };
      const member = this.#free();
      if (member !== undefined) {
        if (this.#give(member, task) && this.#recovers(member)) this.offer(member, false);
        return;
      }
      // Whoever gives a client back runs it.
      task.run = new Context().bind(run);
      this.queue.push(task);
      this.#reserve();
      this.#growth.start(task);
    });
  }

  /** Without another choice a task gets a client that is reconnecting. */
  #free(): Member | undefined {
    const { idle, busy, offline, reserved } = this.clients.members;
    if (idle.length > 0) return idle[idle.length - 1];
    return busy.length === 0 && reserved === 0 ? offline.find(({ outstanding }) => outstanding === 0) : undefined;
  }

  /** Sees to it that plain commands cannot keep clients from tasks for ever. */
  #reserve(): void {
    const { queue, clients: { members } } = this;
    while (members.reserved < queue.exclusive && members.busy.length > 0) {
      members.place(members.lightest(members.busy) as Member, Doing.Reserved);
    }
  }

  /** Lets a task have a member. True when it has finished already. */
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

  /** Undoes what a task left. True when the next one may have the member: what undoes it goes ahead of its commands. */
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
    // What is still under way decides what there is to undo.
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
      // It has given up.
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
      // Once those who waited for the replies have noted what they say.
      setImmediate(() => {
        if (member.doing !== Doing.Settling || member.outstanding > 0) return;
        const left = member.client._remains;
        if (left === 0 || recover(member, left, !this.#sharesClients, this)) this.offer(member, false);
      });
    }
  }

  /**
   * Gives a member that nobody has to himself to those who wait.
   *
   * @param isShared plain commands may be under way on it
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

  /** Ends a member at once, and opens another one if that is needed. */
  discard(member: Member): void {
    this.clients.end(member);
    if (this.isAccepting) this.#growth.replace();
    this.#left();
  }

  /** A member is free: ends it if the pool is closing. True when it did. */
  #leaves(member: Member): boolean {
    if (!member.client.isOpen) this.discard(member);
    else if (this.#isClosing) this.clients.retire(member);
    else return false;
    return true;
  }

  /** The pool is closing: ends a member that is not needed for what runs and waits. */
  leaveSoon(member: Member): void {
    const { client, doing, hasFailed } = member;
    if (doing === Doing.Idle || doing === Doing.Busy || doing === Doing.Offline) this.clients.retire(member);
    else if (doing === Doing.Connecting) {
      if (hasFailed || this.queue.length === 0) client.destroy();
    } else if (client.isReady) return;
    // Without a connection, what waits for one is rejected, and the task goes on.
    else if (doing === Doing.Lent) client.close().catch(() => undefined);
    else if (doing === Doing.Settling || doing === Doing.Reserved) this.discard(member);
  }

  /** Tasks do not wait any more. */
  #waitingChanged(): void {
    if (!this.#isClosing) return;
    for (const member of [...this.clients.members.all]) if (member.doing === Doing.Connecting) this.leaveSoon(member);
  }

  /** No clients are opened or ended in the background any more. */
  rest(): void {
    this.clients.keepIdle();
    this.#growth.rest();
  }
}

/** Whoever holds the member will find out. */
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
