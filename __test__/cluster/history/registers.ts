/** What was written and which replies are right: the model that every reply of a load is judged by. */

/** Reports what is wrong. */
export type Complain = (what: string) => void;

/** What was known to be written when an operation was issued: what it reads must not be older. */
export interface Floor {
  readonly value: number;
  /** How often acknowledgements had been forgiven by then. */
  readonly epoch: number;
}

/** What was left to be known each time that acknowledgements were forgiven: lower than what operations on their way knew before. */
class Lows {
  private readonly lows: number[] = [];

  add(low: number): void {
    this.lows.push(low);
  }

  floor(value: number): Floor {
    return { value, epoch: this.lows.length };
  }

  /** A floor without what was forgiven since it was drawn. */
  corrected({ value, epoch }: Floor): number {
    return Math.min(value, ...this.lows.slice(epoch));
  }
}

interface Acknowledged {
  readonly value: number;
  readonly at: number;
}

/** A key with one writer at a time, which writes 1, 2, 3 …: what is read tells how old it is. */
export class Register {
  isBusy = false;
  issued = 0;
  private acknowledged: Acknowledged[] = [];
  private readonly lows = new Lows();

  constructor(readonly key: string, private readonly complain: Complain) {}

  /** The last value that is known to be written. */
  get floor(): Floor {
    return this.lows.floor(this.last);
  }

  private get last(): number {
    return this.acknowledged.at(-1)?.value ?? 0;
  }

  /** Begins a write of a new value. The outcome of a write that is not acknowledged stays open. */
  begin(): string {
    this.isBusy = true;
    return String(++this.issued);
  }

  acknowledge(value: string): void {
    this.acknowledged.push({ value: Number(value), at: performance.now() });
  }

  /** The writer may go on. */
  end(): void {
    this.isBusy = false;
  }

  /** Judges a value that was read. @param floor of the moment when the read was issued */
  judge(value: unknown, drawn: Floor, how: string): void {
    const floor = this.lows.corrected(drawn);
    if (value !== null && typeof value !== 'string') return this.complain(`${how}: ${this.key} is ${String(value)}`);
    const number = Number(value ?? 0);
    if (!Number.isInteger(number)) return this.complain(`${how}: ${this.key} is ${value}`);
    if (number < floor) this.complain(`${how}: ${this.key} is ${number}, but ${floor} had been acknowledged at ${this.timeOf(floor)}: a write was lost, now is ${Math.round(performance.now())}`);
    if (number > this.issued) this.complain(`${how}: ${this.key} is ${number}, but only ${this.issued} were written`);
  }

  private timeOf(value: number): number {
    return Math.round(this.acknowledged.find((one) => one.value === value)?.at ?? -1);
  }

  /** Values that were acknowledged in this span may be lost: see {@link forgive}. */
  forgive(since: number, until: number): void {
    this.acknowledged = this.acknowledged.filter(({ at }) => at < since || at > until);
    this.lows.add(this.last);
  }
}

/** A key that is only incremented, by many at a time: each increment gives another number. */
export class Counter {
  issued = 0;
  private acknowledged: Acknowledged[] = [];
  private values = new Set<number>();
  private readonly lows = new Lows();

  constructor(readonly key: string, private readonly complain: Complain) {}

  /** How many increments are known to have happened. */
  get floor(): Floor {
    return this.lows.floor(this.acknowledged.length);
  }

  begin(): void {
    this.issued += 1;
  }

  /** Judges the reply to an increment. @param floor of the moment when it was issued */
  acknowledge(reply: unknown, drawn: Floor, how: string): void {
    const [value, floor] = [Number(reply), this.lows.corrected(drawn)];
    if (!Number.isInteger(value)) return this.complain(`${how}: ${this.key} became ${String(reply)}`);
    if (value <= floor) this.complain(`${how}: ${this.key} became ${value} after ${floor} increments: one was lost`);
    if (value > this.issued) this.complain(`${how}: ${this.key} became ${value} with ${this.issued} increments issued: one was run twice`);
    if (this.values.has(value)) this.complain(`${how}: ${this.key} became ${value} twice`);
    this.values.add(value);
    this.acknowledged.push({ value, at: performance.now() });
  }

  /** Judges a value that was read. @param floor of the moment when the read was issued */
  judge(reply: unknown, drawn: Floor, how: string): void {
    const [value, floor] = [Number(reply ?? 0), this.lows.corrected(drawn)];
    if (value < floor) this.complain(`${how}: ${this.key} is ${value} after ${floor} increments: one was lost`);
    if (value > this.issued) this.complain(`${how}: ${this.key} is ${value} with ${this.issued} increments issued: one was run twice`);
  }

  /** Increments that were acknowledged in this span may be lost. */
  forgive(since: number, until: number): void {
    this.acknowledged = this.acknowledged.filter(({ at }) => at < since || at > until);
    this.values = new Set(this.acknowledged.map(({ value }) => value));
    this.lows.add(this.acknowledged.length);
  }
}

/** The keys of one slot that operations work on. */
export interface Group {
  readonly tag: string;
  readonly slot: number;
  /** Written by SET. */
  readonly single: Register;
  /** Always written together, by MSET, MULTI and EVAL: two keys of the same value. */
  readonly pair: Register;
  readonly pairKeys: readonly [string, string];
  /** Incremented by INCR. */
  readonly count: Counter;
  /** Incremented by MULTI and EVAL. */
  readonly runs: Counter;
}

/** Makes the keys of a hash tag. */
export function makeGroup(tag: string, slot: number, complain: Complain): Group {
  const key = (name: string): string => `{${tag}}:${name}`;
  return {
    tag, slot,
    single: new Register(key('single'), complain),
    pair: new Register(key('pair'), complain),
    pairKeys: [key('left'), key('right')],
    count: new Counter(key('count'), complain),
    runs: new Counter(key('runs'), complain),
  };
}

/**
 * What a primary acknowledged in the moment before it died may be lost: it may be killed between its reply to the client
 * and its message to the replica, which follows in the same turn of its loop.
 */
export function forgive(group: Group, since: number, until = Infinity): void {
  for (const one of [group.single, group.pair, group.count, group.runs]) one.forgive(since, until);
}
