/** Sends PINGs at an interval, so that proxies and firewalls do not drop an idle connection. */

/** The client, as its {@link PingInterval} sees it. */
export interface PingTarget {
  ping(): Promise<unknown>;
  answered(reply: unknown): void;
  failed(error: Error): void;
}

/** Sends a PING `interval` ms after the connection became ready, and `interval` ms after each answer. */
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
    // Unref'd, as only the socket shall keep the process alive.
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
    // If the client reconnected meanwhile, that has already started a new timer.
    if (this.#running && timer === this.#timer) this.start();
  }
}
