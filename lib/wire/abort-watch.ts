/** One listener per AbortSignal, however many commands it may abort: a signal warns of a leak beyond ten listeners. */

const watchers = new WeakMap<AbortSignal, Watcher>();

class Watcher {
  readonly #signal: AbortSignal;
  readonly #actions = new Set<() => void>();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', this.#run, { once: true });
  }

  readonly #run = (): void => {
    watchers.delete(this.#signal);
    for (const action of this.#actions) action();
  };

  add(action: () => void): void {
    this.#actions.add(action);
  }

  /** The last one out takes the listener away. */
  remove(action: () => void): void {
    if (!this.#actions.delete(action) || this.#actions.size > 0 || watchers.get(this.#signal) !== this) return;
    watchers.delete(this.#signal);
    this.#signal.removeEventListener('abort', this.#run);
  }
}

/**
 * Calls `action` when the signal fires. `action` must not throw.
 *
 * @param signal one that has not fired
 * @returns ends the watch
 * @throws TypeError when `signal` is no AbortSignal
 */
export function watchSignal(signal: AbortSignal, action: () => void): () => void {
  let watcher = watchers.get(signal);
  if (watcher === undefined) {
    watcher = new Watcher(signal);
    watchers.set(signal, watcher);
  }
  watcher.add(action);
  const { remove } = watcher;
  return remove.bind(watcher, action);
}
