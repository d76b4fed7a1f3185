/** Opens further clients of a pool when needed, and rejects waiting tasks if that fails. */
import { noContext } from '../context';
import type { Clients } from './clients';
import type { Task, TaskQueue } from './task-queue';

/** Pause in ms after a failed attempt to open a client in the background. */
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

  /** Opens another client unless `maximum` is reached: for a task, which rejects if the client cannot connect, or in the background. */
  start(task?: Task): void {
    if (this.#clients.count < this.#clients.options.maximum) this.#grow(task);
  }

  /** Called after a client was removed. Opens another one if there are fewer than `minimum`, or if tasks wait and none is connecting. */
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
    // The failure is reported by `#failed`.
    this.#clients.open((error) => this.#failed(task, error)).catch(() => undefined);
  }

  /**
   * Rejects the task for which the client was opened. If no client is left, also rejects waiting plain commands; other tasks open
   * clients of their own.
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
