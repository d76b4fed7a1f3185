/** The limits of a call that may take several attempts: its timeout, its deadline and its signal count for all of them together. */
import { abortedError, deadlineError, type LimitedRequest } from './limit-errors';
import type { LinkCommandOptions } from './link-types';
import { watchLimits, type AttemptOptions } from './request-limits';

/** The pauses between attempts: each is twice as long as the one before. */
const FIRST_PAUSE = 20; // ms
const LONGEST_PAUSE = 200; // ms
/** How long a call without a timeout is tried again. */
const PATIENCE = 60_000; // ms

/** See the module's comment. */
export class CallLimits<OPTIONS extends LinkCommandOptions = LinkCommandOptions> {
  readonly #name: string;
  readonly #options: OPTIONS;
  /** No further attempt after this time. */
  readonly #until: number;
  /** When the call must have been answered. */
  readonly #deadline: number | undefined;
  #pause = FIRST_PAUSE;
  #attempts = 0;

  /** @param name of the command, for errors */
  constructor(name: string, options: OPTIONS) {
    this.#name = name;
    this.#options = options;
    const { timeout, deadline } = options;
    const now = performance.now();
    this.#until = now + (timeout || PATIENCE);
    // An invalid one is refused with the first attempt.
    this.#deadline = typeof deadline === 'number' && deadline > 0 ? now + deadline : undefined;
  }

  /** The options of the next attempt, whose deadline is what is left. */
  next(): OPTIONS {
    this.#attempts++;
    if (this.#deadline === undefined || this.#attempts === 1) return this.#options;
    return { ...this.#options, deadline: this.#left(this.#deadline), wholeDeadline: this.#options.deadline } satisfies AttemptOptions;
  }

  /** Whether there is time for another pause. */
  get isLeft(): boolean {
    return performance.now() + this.#pause <= this.#until;
  }

  /**
   * Waits before the next attempt.
   *
   * @param reason why it is not made at once
   * @throws (rejects) TimeoutError when the deadline passes, AbortError when the signal fires
   */
  pause(reason: Error): Promise<void> {
    const delay = this.#pause;
    this.#pause = Math.min(2 * delay, LONGEST_PAUSE);
    const waiting = { reason: `${this.#attempts === 1 ? 'one attempt' : `${this.#attempts} attempts`} had failed`, cause: reason };
    const request: LimitedRequest = { name: this.#name, phase: 'queued', condition: 'ready', lastError: undefined, waiting };
    const { abortSignal, deadline } = this.#options;
    if (abortSignal?.aborted === true) return Promise.reject(abortedError(abortSignal, request));
    if (this.#deadline !== undefined && performance.now() >= this.#deadline) return Promise.reject(deadlineError(deadline as number, request));
    return new Promise((resolve, reject) => {
      let unwatch: (() => void) | undefined = undefined;
      const timer = setTimeout(() => {
        unwatch?.();
        resolve();
      }, delay);
      const left = this.#deadline === undefined ? undefined : this.#left(this.#deadline);
      const options: AttemptOptions = { ...this.#options, ...(left !== undefined && { deadline: left, wholeDeadline: deadline }) };
      unwatch = watchLimits(options, (error) => {
        clearTimeout(timer);
        unwatch?.();
        reject(error(request));
      });
    });
  }

  /** What is left of the deadline, in whole ms: at least one, since 0 means none. */
  #left(deadline: number): number {
    return Math.max(Math.ceil(deadline - performance.now()), 1);
  }
}
