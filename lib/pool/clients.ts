/** Which clients a pool has: opening and ending them, and what happens to them in between. Knows no tasks. */
import { Context, noContext } from '../context';
import { DisconnectsClientError } from '../errors';
import { LONGEST_TIMER } from '../timers';
import { Doing, Member, Members } from './members';
import type { RedisPoolOptions } from './options';
import type { PooledClient } from './pooled-client';

/** What clients need of their pool. */
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

/** Told what happens to members, as long as they are members. */
export interface ClientsListener {
  /** Its first connection is ready. */
  connected(member: Member): void;
  /** It is ready again, having been offline. */
  reconnected(member: Member): void;
  /** It has lost its connection and will reconnect. */
  disconnected(member: Member): void;
  /** An attempt to connect has failed, or it has another error. */
  failed(member: Member): void;
  /** It has closed. */
  ended(member: Member): void;
  /** Everything that was sent on its connection is settled, or will be in this turn. */
  drained(member: Member): void;
  /** There is one member less. */
  left(): void;
}

export class Clients {
  readonly members = new Members();
  readonly options: Readonly<RedisPoolOptions>;
  readonly #owner: PoolOwner;
  readonly #listener: ClientsListener;
  /** The one of `connect()`: all clients are opened there, whoever needs them. */
  #context = noContext;
  #networkError: Error | undefined;
  #cleanup: NodeJS.Timeout | undefined;

  constructor(owner: PoolOwner, options: Readonly<RedisPoolOptions>, listener: ClientsListener) {
    this.#owner = owner;
    this.options = options;
    this.#listener = listener;
  }

  /** Why a client could not be connected, until one can be. */
  get networkError(): Error | undefined {
    return this.#networkError;
  }

  get count(): number {
    return this.members.all.size;
  }

  /** The pool was opened: clients are opened in the context of this call. */
  start(): void {
    this.#context = new Context();
    this.#networkError = undefined;
  }

  /**
   * Opens a client.
   *
   * @param failed told of what went wrong once the client is no member any more
   * @throws (rejects) what its `connect()` fails with, and what makes its options unusable
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

  /** Ends a member at once. It is none any more. */
  end(member: Member): void {
    this.members.remove(member);
    member.client.destroy();
  }

  /** Lets a member's commands finish, then ends it. */
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

  /** Ends all at once. */
  endAll(): void {
    this.keepIdle();
    const members = [...this.members.all];
    for (const member of members) this.members.remove(member);
    for (const { client } of members) client.destroy();
  }

  /** Members are idle that may be too many: some time later those end that nobody needed since. */
  watchIdle(): void {
    if (this.#cleanup !== undefined || this.count <= this.options.minimum) return;
    this.members.watchIdle();
    const delay = Math.min(this.options.cleanupDelay, LONGEST_TIMER);
    this.#cleanup = noContext.run(() => setTimeout(() => this.#cleanUp(), delay).unref());
  }

  /** Idle members are not watched any more. */
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
    // Who listens to errors may have closed the pool.
    if (member.doing !== Doing.Gone) this.#listener.failed(member);
  }
}
