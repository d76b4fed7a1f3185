/** A mixed load at a steady pace, whose replies are judged and whose outcomes are recorded. */
import { setTimeout as sleep } from 'node:timers/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { hashSlot } from '../../../lib/wire/hash-slot';
import { Random } from '../../chaos/random';
import type { Contestant } from './contestant';
import { begin, KINDS, verify } from './operations';
import { Recording } from './recording';
import { forgive, type Group, makeGroup } from './registers';

export interface LoadOptions {
  seed?: number;
  /** Operations per second: 1,500 */
  rate?: number;
  /** Hash tags whose keys are used; by default 300 that are spread over all slots. */
  tags?: readonly string[];
}

/** Time between two turns, ms. */
const TURN = 4;
/** After a stall of the process, no more operations than those of this time are made up for, ms. */
const MOST_ARREARS = 100;
/** An operation that has not settled so long after the last one was issued is lost, ms. */
const SETTLING = 30_000;
/** What a primary acknowledged so shortly before its death may be lost, ms: {@link forgive}. */
const MOMENT = 50;

export class Load {
  readonly groups: readonly Group[];
  readonly recording = new Recording();
  /** What was wrong, in words. */
  readonly violations: string[] = [];
  private readonly random: Random;
  private readonly rate: number;
  private readonly delays = monitorEventLoopDelay({ resolution: 5 });
  private isStopping = false;
  private readonly open = new Set<Promise<void>>();

  constructor(private readonly client: Contestant, { seed = 1, rate = 1500, tags = manyTags() }: LoadOptions = {}) {
    this.random = new Random(seed);
    this.rate = rate;
    this.groups = tags.map((tag) => makeGroup(tag, hashSlot(tag), this.complain));
  }

  /** The longest time that this process did nothing, so far, ms. */
  get worstDelay(): number {
    return this.delays.max / 1e6;
  }

  /** Operations that have not settled yet. */
  get unsettled(): number {
    return this.open.size;
  }

  start(): void {
    this.delays.enable();
    void this.run();
  }

  /** Issues so many operations in this turn. */
  burst(count: number): void {
    for (let left = count; left > 0; left--) this.issue();
  }

  /** Lets it run for a time, ms. */
  async during(time: number): Promise<void> {
    await sleep(time);
  }

  /** Waits until an operation of these groups has succeeded since a time, or so long in vain, ms. @returns when that was */
  async untilServed(groups: ReadonlySet<Group>, since: number, patience: number): Promise<number> {
    const deadline = performance.now() + patience;
    while (!this.recording.hasSucceeded(groups, since) && performance.now() < deadline) await sleep(TURN);
    return performance.now();
  }

  /** The groups whose slots are in a set. */
  groupsIn(owns: (slot: number) => boolean): Set<Group> {
    return new Set(this.groups.filter(({ slot }) => owns(slot)));
  }

  /**
   * A primary was killed or stopped: what it acknowledged in its last moment may be lost.
   * @param until when its replica was elected: what was read until then came from it @returns the time of it
   */
  crashed(groups: Iterable<Group>, at = performance.now(), until?: number): number {
    for (const group of groups) forgive(group, at - MOMENT, until);
    return at;
  }

  /** Issues nothing more, without waiting for what is open. */
  cease(): void {
    this.isStopping = true;
  }

  /** Ends it: waits until all has settled, and reads all keys once more through a client. */
  async stop(reader: Contestant = this.client): Promise<void> {
    await this.settle();
    await Promise.all(this.groups.map((group) => verify(reader, group, this.complain).catch((error: Error) => {
      this.complain(`${group.single.key} cannot be read at the end: ${error.message}`);
    })));
  }

  /** Issues nothing more and waits until all that was issued has settled. */
  async settle(): Promise<void> {
    this.cease();
    const deadline = performance.now() + SETTLING;
    while (this.open.size > 0 && performance.now() < deadline) await sleep(TURN);
    if (this.open.size > 0) this.complain(`${this.open.size} commands never settled`);
    this.delays.disable();
  }

  private readonly complain = (what: string): void => {
    this.violations.push(what);
  };

  private async run(): Promise<void> {
    let due = performance.now();
    while (!this.isStopping) {
      const now = performance.now();
      due = Math.max(due, now - MOST_ARREARS);
      for (; due <= now; due += 1000 / this.rate) this.issue();
      // A test that fails leaves it running: that must not keep the process alive.
      await sleep(TURN, undefined, { ref: false });
    }
  }

  private issue(): void {
    const { kind } = this.random.weighted(KINDS);
    const begun = begin(this.client, kind, this.groups, this.random, this.complain);
    const record = this.recording.begin(begun.kind, begun.groups);
    const done = begun.done.then(() => record.succeeded(), (error: unknown) => record.failed(error)).finally(() => this.open.delete(done));
    this.open.add(done);
  }
}

function manyTags(): string[] {
  return Array.from({ length: 300 }, (_, index) => `tag${index}`);
}
