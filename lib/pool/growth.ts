/** When a pool opens further clients, and what becomes of those who wait when that fails. */
import { noContext } from '../context';
import type { Clients } from './clients';
import type { Task, TaskQueue } from './task-queue';

/** Ms without new attempts after one in the background has failed. */
const GROWTH_PAUSE = 1000;

export class Growth {
  readonly #clients: Clients;
  readonly #queue: TaskQueue;
  readonly #isAccepting: () => boolean;
  #pause: NodeJS.Timeout | undefined;

  constructor(clients: Clients, queue: TaskQueue, isAccepting: () => boolean) {
    this.#clients = clients;
    this.#queue = queue;
    this.#isAccepting = isAccepting;
  }

  /** Opens another client if there may be more: for a task, which fails if that fails, or in the background. */
  start(task?: Task): void {
    if (this.#clients.count < this.#clients.options.maximum) this.#grow(task);
  }

  /** There is one client less: opens another one if there are too few, or none that tasks could wait for. */
  replace(): void {
    const { count, members, options } = this.#clients;
    const isNeeded = this.#queue.length > 0 && members.connecting === 0 && count < options.maximum;
    if (count < options.minimum || isNeeded) this.#grow(count === 0 ? this.#queue.first : undefined);
  }

  /** Ends the pause. */
  rest(): void {
    clearTimeout(this.#pause);
    this.#pause = undefined;
  }

  #grow(task?: Task): void {
    if (task === undefined && this.#pause !== undefined) return;
    // Whoever it matters to is told by `#failed`.
    this.#clients.open((error) => this.#failed(task, error)).catch(() => undefined);
  }

  /**
   * The task fails, whatever else there is. Without any client left, so do plain commands that wait; other tasks try for
   * themselves.
   */
  #failed(task: Task | undefined, error: unknown): void {
    const queue = this.#queue;
    if (task === undefined) this.#startPause();
    else if (queue.remove(task)) task.reject(error);
    if (this.#clients.count > 0 || !this.#isAccepting()) return;
    for (let first = queue.first; first !== undefined && !first.isExclusive; first = queue.first) {
      queue.remove(first);
      first.reject(error);
    }
    if (queue.first !== undefined) this.#grow(queue.first);
  }

  #startPause(): void {
    if (!this.#isAccepting() || this.#pause !== undefined) return;
    this.#pause = noContext.run(() => setTimeout(() => {
      this.#pause = undefined;
    }, GROWTH_PAUSE).unref());
  }
}
