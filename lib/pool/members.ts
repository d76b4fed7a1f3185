/** The members of a pool, that is its clients with their current activity. */
import type { ClientOwner, PooledClient } from './pooled-client';

/** The activity of a member. */
export const enum Doing {
  /** Its first connection is being opened. */
  Connecting,
  /** It is free. */
  Idle,
  /** It runs plain commands and may take more. */
  Busy,
  /** It runs plain commands and takes no more: a task will get it afterwards. */
  Reserved,
  /** A task uses it exclusively. */
  Lent,
  /** The session changes of a task are being undone. */
  Settling,
  /** It has lost its connection and is reconnecting, and no task uses it. */
  Offline,
  /** It is being closed. */
  Leaving,
  /** It was removed. */
  Gone,
}

/** Number of commands by which the chosen member may exceed the second lightest before another one is chosen. */
const SLACK = 8;

/** One client of a pool. */
export class Member {
  /** Changed only by `Members.place`. */
  doing = Doing.Connecting;
  /** The list that contains it, and its index there. */
  list: Member[] | undefined = undefined;
  index = 0;
  /** Whether an attempt to connect has failed. */
  hasFailed = false;
  readonly client: PooledClient;

  constructor(client: PooledClient, owner: ClientOwner) {
    this.client = client;
    client._belongsTo(owner);
  }

  /** Number of commands that are queued or in flight on its connection. */
  get outstanding(): number {
    return this.client._runner.requests.outstanding;
  }
}

/** All members, in lists by activity. */
export class Members {
  readonly all = new Set<Member>();
  /** Idle members, used as a stack: the most recently used one is used next. */
  readonly idle: Member[] = [];
  readonly busy: Member[] = [];
  readonly offline: Member[] = [];
  /** Minimum number of idle members since `watchIdle`. */
  fewestIdle = 0;
  connecting = 0;
  reserved = 0;
  #lightest: Member | undefined;
  #enough = 0;

  /** Adds a member that is connecting. */
  add(member: Member): void {
    this.all.add(member);
    this.connecting++;
  }

  remove(member: Member): void {
    this.place(member, Doing.Gone);
    this.all.delete(member);
  }

  /** Changes the activity of a member, and moves it to the matching list. */
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

  /** Starts to record the minimum number of idle members, which are the ones not needed. */
  watchIdle(): void {
    this.fewestIdle = this.idle.length;
  }

  /** Chooses a member for a plain command and marks it as busy; `undefined` if tasks use all members. */
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
   * Returns the member of a list with the fewest outstanding commands. The last result is reused until it exceeds the second lightest
   * by `SLACK` commands. So commands issued together go to one member, and full searches are rare.
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
