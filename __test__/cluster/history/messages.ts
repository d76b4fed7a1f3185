/** Numbered messages on many channels: which were published, which arrived, and which had to. */
import { setTimeout as sleep } from 'node:timers/promises';

interface Published {
  readonly number: number;
  readonly at: number;
}

/** A span of time, on the clock of `performance.now()`, in which messages may be lost. */
interface Excuse {
  readonly from: number;
  /** When the servers were back. */
  back: number;
  until: number;
  /** Messages that were published so long before may be lost or arrive twice, ms. */
  readonly lag: number;
}

/** A channel and what became of its messages. */
export class Channel {
  private next = 0;
  private readonly published: Published[] = [];
  private readonly arrivals = new Map<number, number>();
  private readonly excuses: Excuse[] = [];
  private last = 0;
  /** Messages that arrived after later ones. */
  disordered = 0;

  constructor(readonly name: string) {}

  /** The text of the next message. */
  draw(): string {
    return String(++this.next);
  }

  /** A server has taken the message. @param at when it was sent to the server */
  taken(text: string, at: number): void {
    this.published.push({ number: Number(text), at });
  }

  arrived(text: string): void {
    const number = Number(text);
    if (number < this.last) this.disordered += 1;
    this.last = Math.max(this.last, number);
    this.arrivals.set(number, (this.arrivals.get(number) ?? 0) + 1);
  }

  /** Whether a message has arrived that was published since. */
  hasArrivedSince(time: number): boolean {
    return this.published.some(({ number, at }) => at >= time && this.arrivals.has(number));
  }

  /** From now on messages may be lost, until that is ended. @param lag those that were published so long before may be lost or come twice, ms */
  excuse(lag = 0): Excuse {
    const excuse = { from: performance.now(), back: Infinity, until: Infinity, lag };
    this.excuses.push(excuse);
    return excuse;
  }

  get count(): number {
    return this.published.length;
  }

  /** How many were published since. */
  countSince(time: number): number {
    return this.published.filter(({ at }) => at >= time).length;
  }

  /** Messages that arrived twice although they had not to. */
  get duplicates(): number {
    return this.published.filter(({ number, at }) =>
      (this.arrivals.get(number) ?? 0) > 1 && !this.excuses.some(({ from, back, lag }) => lag > 0 && from - lag <= at && at <= back)).length;
  }

  /** Messages that did not arrive, whether that is excused or not. */
  get missing(): Published[] {
    return this.published.filter(({ number }) => !this.arrivals.has(number));
  }

  /**
   * Messages that did not arrive although they had to.
   * @param witnessed what another subscriber of the same node got, if there is one: servers lose messages between each other, too
   */
  lost(witnessed?: ReadonlySet<string>): Published[] {
    return this.missing.filter(({ number, at }) =>
      (witnessed?.has(`${this.name} ${number}`) ?? true) && !this.excuses.some(({ from, until, lag }) => from - lag <= at && at <= until));
  }
}

/** Publishes to channels in turn, at a steady pace. */
export class Publisher {
  private isStopping = false;
  private readonly open = new Set<Promise<void>>();

  /**
   * @param publish gives the time when the message was sent to a server that took it; rejects if none has
   * @param rate messages per second, of all channels together
   */
  constructor(
    private readonly channels: readonly Channel[], private readonly publish: (channel: Channel, text: string) => Promise<number>, private readonly rate: number,
  ) {}

  start(): void {
    void this.run();
  }

  /** Waits for what is on its way. */
  async stop(): Promise<void> {
    this.isStopping = true;
    while (this.open.size > 0) await sleep(5);
  }

  private async run(): Promise<void> {
    let turn = 0;
    let due = performance.now();
    while (!this.isStopping) {
      const now = performance.now();
      due = Math.max(due, now - 100);
      for (; due <= now; due += 1000 / this.rate) {
        const channel = this.channels[turn++ % this.channels.length] as Channel;
        const done = this.one(channel).finally(() => this.open.delete(done));
        this.open.add(done);
      }
      // A test that fails leaves it running: that must not keep the process alive.
      await sleep(5, undefined, { ref: false });
    }
  }

  private async one(channel: Channel): Promise<void> {
    const text = channel.draw();
    await this.publish(channel, text).then((at) => channel.taken(text, at), () => undefined);
  }
}
