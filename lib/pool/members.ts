/** The clients of a pool and what each of them is doing. */
import type { ClientOwner, PooledClient } from './pooled-client';

/** What a member is doing. */
export const enum Doing {
  /** The first connection is being opened. */
  Connecting,
  /** Nothing. */
  Idle,
  /** Plain commands, and it may take more of them. */
  Busy,
  /** Plain commands, after which a task will have it. */
  Reserved,
  /** A task has it to itself. */
  Lent,
  /** What a task left is being undone. */
  Settling,
  /** It has lost its connection and is reconnecting; nobody has it to himself. */
  Offline,
  /** It is being closed. */
  Leaving,
  /** It is no member any more. */
  Gone,
}

/** Commands by which the chosen member may become heavier than the others before another one is looked for. */
const SLACK = 8;

/** One client of a pool. */
export class Member {
  /** Changed by `Members.place` only. */
  doing = Doing.Connecting;
  /** The list that it is in, and where. */
  list: Member[] | undefined = undefined;
  index = 0;
  /** An attempt to connect has failed. */
  hasFailed = false;
  readonly client: PooledClient;

  constructor(client: PooledClient, owner: ClientOwner) {
    this.client = client;
    client._belongsTo(owner);
  }

  /** Commands that are queued or in flight on its connection. */
  get outstanding(): number {
    return this.client._runner.requests.outstanding;
  }
}

/** All members, in lists by what they are doing. */
export class Members {
  readonly all = new Set<Member>();
  /** The one that was used last comes last, and is used next. */
  readonly idle: Member[] = [];
  readonly busy: Member[] = [];
  readonly offline: Member[] = [];
  /** Fewest idle members since `watchIdle`. */
  fewestIdle = 0;
  connecting = 0;
  reserved = 0;
  #lightest: Member | undefined;
  #enough = 0;

  /** Adds one that is connecting. */
  add(member: Member): void {
    this.all.add(member);
    this.connecting++;
  }

  remove(member: Member): void {
    this.place(member, Doing.Gone);
    this.all.delete(member);
  }

  /** Notes what a member is doing now. */
  place(member: Member, doing: Doing): void {
    if (member.list !== undefined) this.#takeOut(member, member.list);
    else if (member.doing === Doing.Connecting) this.connecting--;
    else if (member.doing === Doing.Reserved) this.reserved--;
    member.doing = doing;
    const list = this.#listOf(doing);
    member.list = list;
    if (list === this.busy) this.#lightest = undefined;
    if (list !== undefined) member.index = list.push(member) - 1;
    else if (doing === Doing.Reserved) this.reserved++;
  }

  /** Starts to note how many idle members are not needed. */
  watchIdle(): void {
    this.fewestIdle = this.idle.length;
  }

  /** A member for a plain command; `undefined` when tasks have all of them. It counts as busy from now on. */
  choose(): Member | undefined {
    const { idle, busy } = this;
    if (idle.length > 0) {
      const member = idle[idle.length - 1] as Member;
      this.place(member, Doing.Busy);
      return member;
    }
    return this.lightest(busy.length > 0 ? busy : this.offline);
  }

  /**
   * The lightest of a list. The last answer holds until it has become heavier than the second lightest was, by a few commands: that
   * keeps commands together which are issued together, and looking at all of them is rare.
   */
  lightest(list: readonly Member[]): Member | undefined {
    const last = this.#lightest;
    if (last?.list === list && last.outstanding < this.#enough) return last;
    let lightest = list[0];
    if (lightest === undefined) return undefined;
    let least = lightest.outstanding;
    let second = Infinity;
    for (let i = 1; i < list.length; i++) {
      const member = list[i] as Member;
      const { outstanding } = member;
      if (outstanding < least) {
        second = least;
        least = outstanding;
        lightest = member;
      } else if (outstanding < second) {
        second = outstanding;
      }
    }
    this.#enough = (second === Infinity ? least : second) + SLACK;
    this.#lightest = lightest;
    return lightest;
  }

  #takeOut(member: Member, list: Member[]): void {
    const last = list.pop() as Member;
    if (last !== member) {
      list[member.index] = last;
      last.index = member.index;
    }
    if (list === this.idle && list.length < this.fewestIdle) this.fewestIdle = list.length;
  }

  #listOf(doing: Doing): Member[] | undefined {
    if (doing === Doing.Idle) return this.idle;
    if (doing === Doing.Busy) return this.busy;
    return doing === Doing.Offline ? this.offline : undefined;
  }
}
