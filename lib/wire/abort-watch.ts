/** Adds one listener per AbortSignal, however many commands it may abort: Node warns of a leak above ten listeners. */

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

  /** Removing the last action also removes the listener. */
  remove(action: () => void): void {
    if (!this.#actions.delete(action) || this.#actions.size > 0 || watchers.get(this.#signal) !== this) return;
    watchers.delete(this.#signal);
    this.#signal.removeEventListener('abort', this.#run);
  }
}

/**
 * Calls `action` when the signal is aborted. `action` must not throw.
 *
 * @param signal a signal that is not aborted yet
 * @returns a function that ends the watch
 * @throws TypeError when `signal` is not an AbortSignal
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
