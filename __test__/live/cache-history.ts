/** What a test has written and read, and which values a read through a cache may give. */
import assert from 'node:assert/strict';

export type Value = string | null;

interface Version {
  readonly value: Value;
  readonly start: number;
  /** Infinity as long as it is not known to have happened. */
  end: number;
}

/** The key of one database. Each has one writer at a time, so that the order of its versions is known. */
interface Register {
  readonly versions: Version[];
  /** The versions so far that were not written in vain or in doubt. */
  numbers: number;
  isCertain: boolean;
}

/** What a cache must know, by time: what was overwritten before is too old for reads that start from now on. */
export class Floor {
  #all = 0;
  readonly #keys = new Map<string, number>();

  /** Everything that had been announced by `time` has arrived. */
  raise(time: number): void {
    this.#all = Math.max(this.#all, time);
  }

  raiseKey(key: string, time: number): void {
    this.#keys.set(key, Math.max(this.#keys.get(key) ?? 0, time));
  }

  of(key: string): number {
    return Math.max(this.#all, this.#keys.get(key) ?? 0);
  }
}

/** All that happens, on one clock that counts events. */
export class History {
  checked = 0;
  writes = 0;
  #clock = 0;
  readonly #registers = new Map<string, Register>();

  tick(): number {
    return ++this.#clock;
  }

  #register(key: string): Register {
    let register = this.#registers.get(key);
    if (register === undefined) {
      register = { versions: [{ value: null, start: 0, end: 0 }], numbers: 0, isCertain: true };
      this.#registers.set(key, register);
    }
    return register;
  }

  keys(): string[] {
    return [...this.#registers.keys()];
  }

  /** A number that the key has not had. */
  fresh(key: string): string {
    return `${++this.#register(key).numbers}`;
  }

  /** Whether INCR gives the next number. */
  canIncrement(key: string): boolean {
    const { versions, numbers, isCertain } = this.#register(key);
    return isCertain && numbers > 0 && versions[versions.length - 1]?.value === `${numbers}`;
  }

  /** Runs a write of these keys. @param floor of the cache that it goes through, which has to know of it then */
  async write(values: ReadonlyMap<string, Value>, run: () => Promise<unknown>, floor?: Floor): Promise<void> {
    const start = this.tick();
    const made: [string, Register, Version][] = [];
    for (const [key, value] of values) {
      const register = this.#register(key);
      const version: Version = { value, start, end: Infinity };
      register.versions.push(version);
      register.isCertain = false;
      made.push([key, register, version]);
    }
    await run();
    this.writes++;
    const end = this.tick();
    for (const [key, register, version] of made) {
      version.end = end;
      register.isCertain = true;
      floor?.raiseKey(key, end);
    }
  }

  /** Runs a read of keys and checks what it gives. */
  async read(keys: readonly string[], floor: Floor, run: () => Promise<readonly Value[]>, who: string): Promise<void> {
    const start = this.tick();
    const floors = keys.map((key) => floor.of(key));
    const values = await run();
    const end = this.tick();
    for (const [index, key] of keys.entries()) this.#check(key, values[index] as Value, [floors[index] as number, start, end], who);
  }

  #check(key: string, value: Value, [floor, start, end]: [number, number, number], who: string): void {
    const { versions } = this.#register(key);
    const allowed = new Set(candidates(versions, floor, end));
    this.checked++;
    const seen = (): string => versions.slice(-6).map((one) => `${one.value} [${one.start}, ${one.end}]`).join(' ');
    assert.ok(allowed.has(value), `${who} read ${value} of ${key} at ${start} to ${end}, floor ${floor}; its versions: ${seen()}`);
  }
}

/** The values that were current at some moment between the two times. */
function candidates(versions: readonly Version[], from: number, to: number): Value[] {
  const found: Value[] = [];
  for (let index = versions.length - 1; index >= 0; index--) {
    const version = versions[index] as Version;
    if (version.start < to) found.push(version.value);
    // It had replaced everything before it.
    if (version.end <= from) break;
  }
  return found;
}

/** Numbers that are the same in each run. */
export function randomly(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Lets writes run together, and whoever wants to be alone alone. */
export class Turnstile {
  #running = 0;
  #alone: Promise<void> | undefined;
  #empty: (() => void) | undefined;

  async together<T>(run: () => Promise<T>): Promise<T> {
    while (this.#alone !== undefined) await this.#alone;
    this.#running++;
    try {
      return await run();
    } finally {
      if (--this.#running === 0) this.#empty?.();
    }
  }

  async alone<T>(run: () => Promise<T>): Promise<T> {
    while (this.#alone !== undefined) await this.#alone;
    let open!: () => void;
    this.#alone = new Promise((resolve) => {
      open = resolve;
    });
    try {
      if (this.#running > 0) {
        await new Promise<void>((resolve) => {
          this.#empty = resolve;
        });
      }
      return await run();
    } finally {
      this.#alone = undefined;
      open();
    }
  }
}
