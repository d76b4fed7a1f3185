import { objection } from './admissible';
import { Bag, Counter, type Inbox, Register, short } from './oracles';

/** Events that a report shows. */
const TRACE = 120;

/** What one round knows: what happened, what was asked, what was wrong. */
export class RoundState {
  readonly violations: string[] = [];
  readonly prefix: string;
  readonly counters: Counter[];
  /** Only ever counted up together, in transactions. */
  readonly twins: [Counter, Counter];
  readonly registers: Register[];
  readonly bags: Bag[];
  readonly inboxes: Inbox[] = [];
  /** Operations that were begun. */
  begun = 0;
  /** Commands that were answered, and those that failed. */
  answered = 0;
  failed = 0;
  /** Numbers of published messages. */
  published = 0;
  /** Texts of errors that this round provokes on purpose. */
  readonly expectedTexts: (string | RegExp)[] = ['The pool is closed', 'The client is closed', 'ERR max number of clients reached'];
  private readonly trace: string[] = [];
  private readonly unsettled = new Map<number, string>();
  private readonly started = performance.now();
  private tokens = 0;
  private readonly watchers: { count: number; resolve: () => void }[] = [];

  constructor(readonly seed: number, readonly transport: string) {
    this.prefix = `{${transport}${seed}}`;
    const complain = (text: string): void => this.violate(text);
    const key = (name: string): string => `${this.prefix}:${name}`;
    this.counters = [0, 1].map((n) => new Counter(key(`counter${n}`), complain));
    this.twins = [new Counter(key('twin0'), complain), new Counter(key('twin1'), complain)];
    this.registers = [0, 1, 2, 3].map((n) => new Register(key(`register${n}`), complain));
    this.bags = [new Bag(key('bag'), complain), new Bag(key('queue'), complain)];
  }

  /** A word that no other command has. */
  token(): string {
    return `${this.prefix}#${++this.tokens}`;
  }

  note(text: string): void {
    this.trace.push(`${(performance.now() - this.started).toFixed(1).padStart(8)} ms  ${text}`);
    if (this.trace.length > TRACE) this.trace.shift();
  }

  violate(text: string): void {
    this.violations.push(text);
    this.note(`!!! ${text}`);
  }

  /** Resolves when so many operations were begun. */
  whenBegun(count: number): Promise<void> {
    if (this.begun >= count) return Promise.resolve();
    return new Promise((resolve) => this.watchers.push({ count, resolve }));
  }

  began(): void {
    this.begun++;
    for (const { count, resolve } of this.watchers) if (count <= this.begun) resolve();
  }

  /** No more will begin. */
  noMore(): void {
    for (const { resolve } of this.watchers) resolve();
  }

  /**
   * Waits for a command. An error that may be ends in undefined; any other is a violation.
   * @param texts messages of errors that are expected of this command
   */
  async attempt<T>(label: string, command: () => Promise<T>, texts: readonly (string | RegExp)[] = []): Promise<{ value: T } | undefined> {
    const id = ++this.tokens;
    this.unsettled.set(id, label);
    this.note(`  → ${label}`);
    try {
      const value = await command();
      this.answered++;
      this.note(`  ← ${label}: ${short(value)}`);
      return { value };
    } catch (error) {
      this.failed++;
      this.note(`  ✗ ${label}: ${describe(error)}`);
      const why = objection(error, [...this.expectedTexts, ...texts]);
      if (why !== undefined) this.violate(`${label} failed with what ${why}: ${describe(error)} ${(error as Error)?.stack ?? ''}`);
      return undefined;
    } finally {
      this.unsettled.delete(id);
    }
  }

  /** Labels of the commands that nobody has settled. */
  get waiting(): string[] {
    return [...this.unsettled.values()];
  }

  get lastEvents(): string {
    return this.trace.join('\n');
  }
}

export function describe(error: unknown): string {
  if (!(error instanceof Error)) return short(error);
  const { code, phase } = error as { code?: unknown; phase?: unknown };
  return `${error.constructor.name} ${short(error.message)} code ${String(code)}${phase === undefined ? '' : ` ${String(phase)}`}`;
}
