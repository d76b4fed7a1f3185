/** A queue of tasks that wait for a client, with a time limit. */
import { noContext } from '../context';
import { ClientError, TimeoutError, describeError, refusedCommand } from '../errors';
import { LONGEST_TIMER } from '../timers';
import type { PooledClient } from './pooled-client';

/** A waiting task. */
export interface Task {
  /** Whether it needs a client exclusively. */
  readonly isExclusive: boolean;
  run: (client: PooledClient) => unknown;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

interface QueuedTask {
  readonly task: Task;
  /** On the clock of `performance.now()`, in ms; Infinity without a limit. */
  readonly deadline: number;
  before: QueuedTask | undefined;
  after: QueuedTask | undefined;
}

/** A FIFO queue. All tasks have the same time limit, so one timer, for the first task, is enough. */
export class TaskQueue {
  readonly #limit: number;
  readonly #expired: () => void;
  readonly #cause: () => Error | undefined;
  readonly #entries = new Map<Task, QueuedTask>();
  #first: QueuedTask | undefined;
  #last: QueuedTask | undefined;
  #exclusive = 0;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param limit maximum waiting time of a task in ms; 0 for no limit
   * @param expired called after tasks were rejected because of the limit
   * @param cause returns the reason why no client was available, if it is known
   */
  constructor(limit: number, expired: () => void, cause: () => Error | undefined = () => undefined) {
    this.#limit = limit;
    this.#expired = expired;
    this.#cause = cause;
  }

  get length(): number {
    return this.#entries.size;
  }

  /** Number of tasks that need a client exclusively. */
  get exclusive(): number {
    return this.#exclusive;
  }

  get first(): Task | undefined {
    return this.#first?.task;
  }

  push(task: Task): void {
    const limit = this.#limit === 0 ? Infinity : this.#limit;
    const entry: QueuedTask = { task, deadline: performance.now() + limit, before: this.#last, after: undefined };
    if (this.#last === undefined) this.#first = entry;
    else this.#last.after = entry;
    this.#last = entry;
    this.#entries.set(task, entry);
    if (task.isExclusive) this.#exclusive++;
    if (this.#timer === undefined) this.#setTimer();
  }

  /** Removes and returns the first task. */
  shift(): Task | undefined {
    const task = this.#first?.task;
    if (task !== undefined) this.remove(task);
    return task;
  }

  /** Removes a task. Returns false if it is not in the queue. */
  remove(task: Task): boolean {
    const entry = this.#entries.get(task);
    if (entry === undefined) return false;
    this.#entries.delete(task);
    if (task.isExclusive) this.#exclusive--;
    if (entry.before === undefined) this.#first = entry.after;
    else entry.before.after = entry.after;
    if (entry.after === undefined) this.#last = entry.before;
    else entry.after.before = entry.before;
    if (this.#first === undefined) this.#stopTimer();
    return true;
  }

  /** Removes and rejects all tasks. */
  rejectAll(error: () => Error): void {
    for (let task = this.shift(); task !== undefined; task = this.shift()) task.reject(error());
  }

  #setTimer(): void {
    const deadline = this.#first?.deadline ?? Infinity;
    if (deadline === Infinity) return;
    // One more ms, as timers may fire slightly early.
    const delay = Math.min(Math.max(0, deadline - performance.now()) + 1, LONGEST_TIMER);
    this.#timer = noContext.run(() => setTimeout(() => this.#expire(), delay));
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #expire(): void {
    this.#timer = undefined;
    const now = performance.now();
    let count = 0;
    for (let first = this.#first; first !== undefined && first.deadline <= now; first = this.#first) {
      this.remove(first.task);
      const error = new TimeoutError(`Timeout waiting for a client after ${this.#limit}ms`);
      first.task.reject(describeError(error, { phase: 'queued', cause: this.#cause() }));
      count++;
    }
    if (this.#timer === undefined && this.#first !== undefined) this.#setTimer();
    if (count > 0) this.#expired();
  }
}

/** Wraps `reject` to add the command's name to client errors. Network errors are left unchanged, as several commands share them. */
export function naming(reject: (error: unknown) => void, name: string | undefined): (error: unknown) => void {
  if (name === undefined) return reject;
  return (error) => reject(error instanceof ClientError && error.command === undefined ? refusedCommand(error, name) : error);
}
