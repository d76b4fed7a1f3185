/**
 * What replies may be, from what was asked and answered before. A command that failed may have been executed, now or
 * (by a connection that the client has given up) later; one that was answered has been, exactly once.
 */

/** Complains about what must not be. */
export type Complain = (text: string) => void;

/** A key that only INCR touches. */
export class Counter {
  issued = 0;
  private readonly answers = new Set<number>();
  private highest = 0;

  constructor(readonly key: string, private readonly complain: Complain) {}

  answered(value: unknown): void {
    if (typeof value !== 'number') return this.complain(`INCR ${this.key} gave ${JSON.stringify(value)}`);
    if (value < 1 || value > this.issued) this.complain(`INCR ${this.key} gave ${value}, ${this.issued} were issued`);
    if (this.answers.has(value)) this.complain(`INCR ${this.key} gave ${value} twice`);
    this.answers.add(value);
    this.highest = Math.max(this.highest, value);
  }

  /** @param value what the server has in the end */
  check(value: unknown): void {
    const total = Number(value ?? 0);
    if (total > this.issued) this.complain(`${this.key} is ${total}, but only ${this.issued} were issued`);
    if (total < this.answers.size || total < this.highest) this.complain(`${this.key} is ${total}, ${this.answers.size} were answered up to ${this.highest}`);
  }
}

interface Write {
  value: string | null;
  issued: number;
  /** `Infinity`: never, so that it may happen at any time. */
  answered: number;
}

/** A key with SET, DEL and GET: every value that is read must have been there between question and answer. */
export class Register {
  private clock = 0;
  private readonly writes: Write[] = [{ value: null, issued: -1, answered: 0 }];

  constructor(readonly key: string, private readonly complain: Complain) {}

  /** Notes a write. @returns what to call when it was answered */
  write(value: string | null): () => void {
    const write: Write = { value, issued: ++this.clock, answered: Infinity };
    this.writes.push(write);
    return () => {
      write.answered = ++this.clock;
    };
  }

  /** Notes that a read begins. @returns what to call with its reply */
  read(): (value: unknown) => void {
    const begun = ++this.clock;
    return (value) => {
      const over = this.writes.filter(({ answered }) => answered < begun);
      // A write is out of sight when another one began after its end and ended before the read began.
      const newest = Math.max(...over.map(({ issued }) => issued));
      const visible = this.writes.filter((write) => write.answered >= newest);
      if (visible.some((write) => write.value === value)) return;
      this.complain(`${this.key} gave ${short(value)}, not one of ${visible.map((write) => short(write.value)).join(', ')}`);
    };
  }
}

/** A list that tokens are pushed to and popped from: none twice, none lost that was answered, none from elsewhere. */
export class Bag {
  private readonly pushes = new Map<string, boolean>();
  private readonly popped = new Set<string>();
  /** Pops that failed: each may have taken one. */
  lostPops = 0;

  constructor(readonly key: string, private readonly complain: Complain) {}

  pushed(token: string): () => void {
    this.pushes.set(token, false);
    return () => this.pushes.set(token, true);
  }

  popAnswered(token: unknown): void {
    if (typeof token !== 'string' || !this.pushes.has(token)) return this.complain(`${this.key} gave ${short(token)}, which was never pushed`);
    if (this.popped.has(token)) this.complain(`${this.key} gave ${token} twice`);
    this.popped.add(token);
  }

  check(left: readonly unknown[]): void {
    for (const token of left) this.popAnswered(token);
    const missing = [...this.pushes].filter(([token, answered]) => answered && !this.popped.has(token)).length;
    if (missing > this.lostPops) this.complain(`${missing} elements of ${this.key} are gone, ${this.lostPops} pops failed`);
  }
}

/** A subscription to numbered messages. */
export class Inbox {
  last = 0;
  received = 0;

  constructor(readonly channel: string, private readonly complain: Complain) {}

  message(text: unknown, channel: unknown): void {
    if (channel !== this.channel) this.complain(`a message of ${short(channel)} came to the listener of ${this.channel}`);
    const number = Number(text);
    if (!(number > this.last)) this.complain(`message ${short(text)} of ${this.channel} after ${this.last}`);
    this.last = number;
    this.received++;
  }
}

export function short(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : value instanceof Error ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length > 90 ? `${text.slice(0, 80)}… (${text.length})` : text;
}
