/** Who gets which client of a pool: plain commands share clients, tasks have one to themselves. */
import type { CommandOptions } from '../client/command-options';
import { Context } from '../context';
import { ClientClosedError, ErrorReply } from '../errors';
import type { Command } from '../wire/command';
import type { CommandEncoder } from '../wire/encoder';
import { isThenable } from '../wire/realms';
import { Doing, Members, type Member } from './members';
import type { RedisPoolOptions } from './options';
import type { PooledClient } from './pooled-client';
import { Left } from './session-state';
import { naming, TaskQueue, type Task } from './task-queue';

/** What undoes things goes ahead of all that comes later, which may be `asap` too, and has no limit: nobody else would undo them. */
const FIRST: CommandOptions = { asap: true };

/** The part of a pool that lends; which clients there are is the business of `PoolCore`. */
export abstract class Lending {
  protected readonly options: Readonly<RedisPoolOptions>;
  protected readonly members = new Members();
  protected readonly queue: TaskQueue;
  /** Open, and not closing. */
  protected isAccepting = false;
  readonly #sharesClients: boolean;

  /** @param sharesClients false lends a client for every command: for clients whose queues are limited */
  protected constructor(options: Readonly<RedisPoolOptions>, sharesClients: boolean) {
    this.options = options;
    this.queue = new TaskQueue(options.acquireTimeout, () => this.waitingChanged(), () => this.networkError);
    this.#sharesClients = sharesClients;
  }

  /** Opens another client: for a task, which fails if that fails, or in the background. */
  protected abstract grow(task?: Task): void;
  /** Ends a member at once. */
  protected abstract discard(member: Member): void;
  /** A member is free: ends it if the pool is closing. True when it did. */
  protected abstract leaves(member: Member): boolean;
  /** Members are idle that may be too many. */
  protected abstract becameIdle(): void;
  /** Why no client can be connected, if that is so. */
  protected abstract get networkError(): Error | undefined;
  /** Tasks do not wait any more. */
  protected abstract waitingChanged(): void;

  /** Plain commands share clients at present. */
  get isSharing(): boolean {
    return this.isAccepting && this.#sharesClients;
  }

  /** Open, and not closing. */
  get isOpenForTasks(): boolean {
    return this.isAccepting;
  }

  /** Runs the command in the encoder on a client that others use too. `undefined` when none is free for it. */
  runShared(encoder: CommandEncoder, command: Command, options: CommandOptions): Promise<unknown> | undefined {
    const hadIdle = this.members.idle.length > 0;
    const member = this.members.choose();
    if (member === undefined) return undefined;
    const reply = member.client._runner.run(encoder, command, options);
    this.#used(member, hadIdle);
    return reply;
  }

  /** Runs something that sends all it has to send at once, on a client that others use too. @param name of the command, for errors */
  share<T>(run: (client: PooledClient) => Promise<T>, name?: string): Promise<T> {
    if (!this.isSharing) return this.lend(run, name);
    const hadIdle = this.members.idle.length > 0;
    const member = this.members.choose();
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
      if (this.members.connecting === 0) this.#growIfPossible(task);
    });
  }

  /** A plain command was given to a member. */
  #used(member: Member, hadIdle: boolean): void {
    // It was refused by the client.
    if (member.doing === Doing.Busy && member.outstanding === 0) this.members.place(member, Doing.Idle);
    if (!hadIdle && this.members.connecting === 0) this.#growIfPossible();
  }

  #growIfPossible(task?: Task): void {
    if (this.members.all.size < this.options.maximum) this.grow(task);
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
      this.#growIfPossible(task);
    });
  }

  /** Without another choice a task gets a client that is reconnecting. */
  #free(): Member | undefined {
    const { idle, busy, offline, reserved } = this.members;
    if (idle.length > 0) return idle[idle.length - 1];
    return busy.length === 0 && reserved === 0 ? offline.find(({ outstanding }) => outstanding === 0) : undefined;
  }

  /** Sees to it that plain commands cannot keep clients from tasks for ever. */
  #reserve(): void {
    const { members, queue } = this;
    while (members.reserved < queue.exclusive && members.busy.length > 0) {
      members.place(members.lightest(members.busy) as Member, Doing.Reserved);
    }
  }

  /** Lets a task have a member. True when it has finished already. */
  #give(member: Member, { run, resolve, reject }: Task): boolean {
    this.members.place(member, Doing.Lent);
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
    this.members.place(member, Doing.Settling);
    // What is still under way decides what there is to undo.
    return member.outstanding === 0 && this.#cleans(member, left);
  }

  /** True when it is done as soon as what was sent is. */
  #cleans(member: Member, left: number): boolean {
    const { client } = member;
    if (left & Left.Broken) {
      this.discard(member);
      return false;
    }
    // In a queue that is limited, what undoes things would take the place of commands of the next task.
    if (left & (Left.Multi | Left.Session) || !this.#sharesClients) {
      client.reset().then(
        () => this.#cleaned(member),
        () => {
          if (member.doing === Doing.Settling) this.discard(member);
        },
      );
      return false;
    }
    const failed = (error: unknown): void => {
      // A connection that was lost has lost its state too.
      if (error instanceof ErrorReply && member.doing !== Doing.Gone) this.discard(member);
    };
    if (left & Left.Watch) {
      client._watch.forget();
      client._sendWords(['UNWATCH'], undefined, FIRST).catch(failed);
    }
    if (left & Left.Database) {
      const database = Number(client._options.database ?? 0);
      // From now on, whatever becomes of the connection.
      client._runner.link.setDatabase(database);
      withOptions(client, FIRST).select(database).catch(failed);
    }
    client._left = Left.Nothing;
    return true;
  }

  #cleaned(member: Member): void {
    if (member.doing === Doing.Settling) this.offer(member, false);
  }

  /** Everything that was sent on a member's connection is settled, or will be in this turn. */
  protected drained(member: Member): void {
    if (member.doing === Doing.Busy && this.queue.length === 0) {
      if (this.leaves(member)) return;
      this.members.place(member, member.client.isReady ? Doing.Idle : Doing.Offline);
      this.becameIdle();
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
        if (left === 0 || this.#cleans(member, left)) this.offer(member, false);
      });
    }
  }

  /**
   * Gives a member that nobody has to himself to those who wait.
   *
   * @param isShared plain commands may be under way on it
   */
  protected offer(member: Member, isShared: boolean): void {
    const { queue } = this;
    let shared = isShared;
    for (let task = queue.first; task !== undefined; task = queue.first) {
      if (task.isExclusive && shared && member.outstanding > 0) return this.members.place(member, Doing.Reserved);
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
    if (this.leaves(member)) return;
    this.members.place(member, stateOf(member, shared));
    if (member.doing === Doing.Idle) this.becameIdle();
  }

  /** A member has lost its connection and will reconnect. */
  protected wentOffline(member: Member): void {
    const { members, queue } = this;
    members.place(member, Doing.Offline);
    if (this.leaves(member)) return;
    const isLast = members.busy.length === 0 && members.reserved === 0;
    if (queue.length > 0 && isLast) this.offer(member, true);
    else this.#reserve();
  }
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

/** The client with exactly these command options. */
export function withOptions<CLIENT extends PooledClient>(client: CLIENT, options: CommandOptions): CLIENT {
  return Object.create(client, { _commandOptions: { value: options } }) as CLIENT;
}
