/** The clients of a pool: opens and ends them, and handles their events. Knows nothing of tasks. */
import { Context, noContext } from '../context';
import { DisconnectsClientError } from '../errors';
import { LONGEST_TIMER } from '../timers';
import type { MaintenanceNotice } from '../wire/maintenance';
import { Doing, Member, Members } from './members';
import type { RedisPoolOptions } from './options';
import type { PooledClient } from './pooled-client';

/** The pool, as {@link Clients} sees it. */
export interface PoolOwner {
  /** Creates a client without connecting it. */
  makeClient(): PooledClient;
  /** Whether `commandsQueueMaxLength` or `commandsQueueMaxBytes` is set for the clients. */
  readonly hasQueueLimits: boolean;
  /** Called when all clients are closed. */
  ended(): void;
  failed(error: unknown): void;
  /** A client was told of maintenance. */
  maintenance(notice: MaintenanceNotice): void;
  hearsErrors(): boolean;
}

/** Receives the events of members, until they are removed. */
export interface ClientsListener {
  /** A member's first connection is ready. */
  connected(member: Member): void;
  /** A member is ready again after a reconnect. */
  reconnected(member: Member): void;
  /** A member has lost its connection and will reconnect. */
  disconnected(member: Member): void;
  /** A member has failed to connect or has another error. */
  failed(member: Member): void;
  /** A member has closed. */
  ended(member: Member): void;
  /** All commands of a member are settled, or will be in this turn of the event loop. */
  drained(member: Member): void;
  /** A member was removed. */
  left(): void;
}

export class Clients {
  readonly members = new Members();
  readonly options: Readonly<RedisPoolOptions>;
  readonly #owner: PoolOwner;
  readonly #listener: ClientsListener;
  /** The async context of `connect()`, in which all clients are opened, independent of the task that needs them. */
  #context = noContext;
  #networkError: Error | undefined;
  #cleanup: NodeJS.Timeout | undefined;

  constructor(owner: PoolOwner, options: Readonly<RedisPoolOptions>, listener: ClientsListener) {
    this.#owner = owner;
    this.options = options;
    this.#listener = listener;
  }

  /** The last error of a client that could not connect; `undefined` once one can connect again. */
  get networkError(): Error | undefined {
    return this.#networkError;
  }

  get count(): number {
    return this.members.all.size;
  }

  /** Called when the pool is opened. Clients will be opened in the async context of this call. */
  start(): void {
    this.#context = new Context();
    this.#networkError = undefined;
  }

  /**
   * Opens a client.
   *
   * @param failed called with the error, after the client was removed
   * @throws (rejects) the error of its `connect()`, or of invalid options
   */
  async open(failed?: (error: unknown) => void): Promise<void> {
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
      this.#listener.left();
      throw error;
    }
    this.#listener.connected(member);
  }

  /** Removes a member and destroys its client. */
  end(member: Member): void {
    this.members.remove(member);
    member.client.destroy();
  }

  /** Closes a member after its commands have finished. */
  retire(member: Member): void {
    this.members.place(member, Doing.Leaving);
    const gone = (): void => {
      if (member.doing === Doing.Gone) return;
      this.members.remove(member);
      this.#listener.left();
    };
    member.client.close().then(gone, () => {
      member.client.destroy();
      gone();
    });
  }

  /** Removes all members and destroys their clients. */
  endAll(): void {
    this.keepIdle();
    const members = [...this.members.all];
    for (const member of members) this.members.remove(member);
    for (const { client } of members) client.destroy();
  }

  /** Starts the timer of `cleanupDelay` if there are more than `minimum` members. It ends those that were idle all the time. */
  watchIdle(): void {
    if (this.#cleanup !== undefined || this.count <= this.options.minimum) return;
    this.members.watchIdle();
    const delay = Math.min(this.options.cleanupDelay, LONGEST_TIMER);
    this.#cleanup = noContext.run(() => setTimeout(() => this.#cleanUp(), delay).unref());
  }

  /** Stops the timer of `cleanupDelay`. */
  keepIdle(): void {
    clearTimeout(this.#cleanup);
    this.#cleanup = undefined;
  }

  #cleanUp(): void {
    this.#cleanup = undefined;
    const { members } = this;
    const surplus = Math.min(members.fewestIdle, this.count - this.options.minimum);
    for (const member of members.idle.slice(0, Math.max(0, surplus))) {
      if (member.outstanding === 0) this.end(member);
    }
    this.watchIdle();
  }

  #newMember(): Member {
    const client = this.#owner.makeClient();
    const member: Member = new Member(client, {
      happened: (event, detail) => this.#happened(member, event, detail),
      hearsErrors: () => this.#owner.hearsErrors(),
    });
    client._runner.onDrained(() => this.#listener.drained(member));
    this.members.add(member);
    return member;
  }

  #happened(member: Member, event: string, detail: unknown): void {
    if (member.doing === Doing.Gone) return;
    const listener = this.#listener;
    if (event === 'error') this.#failed(member, detail);
    else if (event === 'maintenance') this.#owner.maintenance(detail as MaintenanceNotice);
    else if (event === 'ready') {
      this.#networkError = undefined;
      if (member.doing === Doing.Offline) listener.reconnected(member);
    } else if (event === 'reconnecting') listener.disconnected(member);
    else if (event === 'end') listener.ended(member);
  }

  #failed(member: Member, error: unknown): void {
    member.hasFailed = true;
    if (!member.client.isReady) this.#networkError = error as Error;
    this.#owner.failed(error);
    // A listener of `error` may have closed the pool.
    if (member.doing !== Doing.Gone) this.#listener.failed(member);
  }
}
