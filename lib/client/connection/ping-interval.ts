/** PINGs at an interval, so that what is between client and server does not forget an idle connection. */

/** What the pings need of their client. */
export interface PingTarget {
  ping(): Promise<unknown>;
  answered(reply: unknown): void;
  failed(error: Error): void;
}

/** Pings `interval` ms after the connection got ready, and again `interval` ms after each answer. */
export class PingInterval {
  readonly #interval: number;
  readonly #target: PingTarget;
  #timer: NodeJS.Timeout | undefined;
  #running = false;

  constructor(interval: number, target: PingTarget) {
    this.#interval = interval;
    this.#target = target;
  }

  start(): void {
    this.stop();
    this.#running = true;
    // Unref'd: the socket, not the timer, decides whether the process lives on.
    this.#timer = setTimeout(() => void this.#ping(), this.#interval).unref();
  }

  stop(): void {
    this.#running = false;
    clearTimeout(this.#timer);
  }

  async #ping(): Promise<void> {
    const timer = this.#timer;
    try {
      const reply = await this.#target.ping();
      if (this.#running) this.#target.answered(reply);
    } catch (error) {
      if (this.#running) this.#target.failed(error as Error);
    }
    // A reconnect meanwhile has started a timer of its own.
    if (this.#running && timer === this.#timer) this.start();
  }
}
