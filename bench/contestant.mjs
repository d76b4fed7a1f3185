/** The parent's side of one worker process. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const WORKER = fileURLToPath(new URL('worker.mjs', import.meta.url));

/**
 * Starts the worker process of a contender. `ask(action, details, limit)` rejects with the worker's error, when the
 * worker ends, or after `limit` ms.
 */
export class Contestant {
  #child;
  #waiting = new Map();
  #nextId = 0;
  #failure;
  #ready;

  constructor(contender) {
    this.contender = contender;
    this.#child = fork(WORKER, [contender.name], { execArgv: ['--expose-gc'], serialization: 'json' });
    this.#ready = new Promise(resolve => this.#waiting.set('ready', { resolve, reject: resolve }));
    this.#child.on('message', message => this.#onMessage(message));
    this.#child.on('exit', (code, signal) => this.#fail(new Error(`its process ended (${signal ?? code})`)));
  }

  #onMessage({ id, ready, result, error }) {
    if (id === undefined && error) return this.#fail(new Error(error));
    const key = ready ? 'ready' : id;
    const waiter = this.#waiting.get(key);
    this.#waiting.delete(key);
    if (error) waiter?.reject(new Error(error));
    else waiter?.resolve(result);
  }

  #fail(error) {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
  }

  async ask(action, details = {}, limit = 60_000) {
    await this.#ready;
    if (this.#failure) throw this.#failure;
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new Error(`no answer to ${action} within ${limit / 1000} s`));
      }, limit);
      const settle = after => value => { clearTimeout(timer); after(value); };
      this.#waiting.set(id, { resolve: settle(resolve), reject: settle(reject) });
      this.#child.send({ id, action, ...details });
    });
  }

  /** Closes the client and ends the process; kills it if it does not end by itself. */
  async stop() {
    if (!this.#failure) await this.ask('close', {}, 3000).catch(() => {});
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise(resolve => this.#child.once('exit', resolve));
    if (this.#child.connected) this.#child.disconnect();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 2000);
    await ended;
    clearTimeout(timer);
  }
}
