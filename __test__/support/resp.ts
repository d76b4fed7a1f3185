/**
 * A small RESP2/RESP3 codec of the tests' own, so that tests see the server without the code under test.
 */

/** An error reply. */
export class RespError extends Error {
  override name = 'RespError';
}

/** An out-of-band push. */
export class RespPush {
  constructor(readonly values: RespValue[]) {}
}

/** A decoded reply. Text as string (UTF-8), maps as Map, sets as arrays, doubles and integers as number or bigint. */
export type RespValue = null | string | number | bigint | boolean | RespError | RespPush | RespValue[] | Map<RespValue, RespValue>;

/** What a command may be made of. */
export type RespArgument = string | number | Buffer;

/** Encodes one command as an array of bulk strings. */
export function encodeCommand(args: readonly RespArgument[]): Buffer {
  const parts: Buffer[] = [Buffer.from(`*${args.length}\r\n`)];
  for (const arg of args) {
    const bytes = Buffer.isBuffer(arg) ? arg : Buffer.from(String(arg));
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n'));
  }
  return Buffer.concat(parts);
}

/** Makers of replies, for scripted servers. */
export const reply = {
  ok: '+OK\r\n',
  nil: '_\r\n',
  nil2: '$-1\r\n',
  simple: (text: string): string => `+${text}\r\n`,
  error: (text: string): string => `-${text}\r\n`,
  integer: (value: number | bigint): string => `:${value}\r\n`,
  bulk: (value: string | Buffer): Buffer => {
    const bytes = Buffer.from(value as string);
    return Buffer.concat([Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n')]);
  },
  array: (items: readonly (string | Buffer)[]): Buffer => aggregate('*', items.length, items),
  set: (items: readonly (string | Buffer)[]): Buffer => aggregate('~', items.length, items),
  push: (items: readonly (string | Buffer)[]): Buffer => aggregate('>', items.length, items),
  map: (items: readonly (string | Buffer)[]): Buffer => aggregate('%', items.length / 2, items),
};

function aggregate(type: string, count: number, items: readonly (string | Buffer)[]): Buffer {
  return Buffer.concat([Buffer.from(`${type}${count}\r\n`), ...items.map((item) => Buffer.from(item as string))]);
}

const INCOMPLETE = Symbol('incomplete');

/** Decodes a stream of replies, or of commands (which are arrays of bulk strings). */
export class RespDecoder {
  private bytes: Buffer = Buffer.alloc(0);
  private offset = 0;

  /** @param binary true: text stays a string of latin1, one character for each byte */
  constructor(private readonly binary = false) {}

  /** Adds received bytes and returns the values that are now complete. */
  push(chunk: Buffer): RespValue[] {
    this.bytes = this.bytes.length === 0 ? chunk : Buffer.concat([this.bytes, chunk]);
    const values: RespValue[] = [];
    for (;;) {
      this.offset = 0;
      const value = this.value();
      if (value === INCOMPLETE) return values;
      this.bytes = this.bytes.subarray(this.offset);
      values.push(value);
    }
  }

  private line(): string | typeof INCOMPLETE {
    const end = this.bytes.indexOf('\r\n', this.offset);
    if (end < 0) return INCOMPLETE;
    const text = this.bytes.toString('utf8', this.offset, end);
    this.offset = end + 2;
    return text;
  }

  private value(): RespValue | typeof INCOMPLETE {
    const line = this.line();
    if (line === INCOMPLETE) return INCOMPLETE;
    const rest = line.slice(1);
    switch (line[0]) {
      case '+':
      case '(':
        return line[0] === '(' ? BigInt(rest) : rest;
      case '-':
        return new RespError(rest);
      case ':':
        return Number.isSafeInteger(Number(rest)) ? Number(rest) : BigInt(rest);
      case ',':
        return rest === 'inf' ? Infinity : rest === '-inf' ? -Infinity : Number(rest);
      case '#':
        return rest === 't';
      case '_':
        return null;
      case '$':
      case '=':
      case '!':
        return this.blob(line[0], Number(rest));
      case '*':
      case '~':
        return Number(rest) < 0 ? null : this.items(Number(rest));
      case '>': {
        const values = this.items(Number(rest));
        return values === INCOMPLETE ? INCOMPLETE : new RespPush(values);
      }
      case '%':
        return this.map(Number(rest));
      default:
        throw new Error(`the test codec got ${JSON.stringify(line)}`);
    }
  }

  private blob(type: string, length: number): RespValue | typeof INCOMPLETE {
    if (length < 0) return null;
    if (this.bytes.length < this.offset + length + 2) return INCOMPLETE;
    const text = this.bytes.toString(this.binary ? 'latin1' : 'utf8', this.offset, this.offset + length);
    this.offset += length + 2;
    if (type === '!') return new RespError(text);
    return type === '=' ? text.slice(4) : text;
  }

  private items(count: number): RespValue[] | typeof INCOMPLETE {
    const values: RespValue[] = [];
    for (let i = 0; i < count; i += 1) {
      const value = this.value();
      if (value === INCOMPLETE) return INCOMPLETE;
      values.push(value);
    }
    return values;
  }

  private map(pairs: number): RespValue | typeof INCOMPLETE {
    const values = this.items(pairs * 2);
    if (values === INCOMPLETE) return INCOMPLETE;
    const map = new Map<RespValue, RespValue>();
    for (let i = 0; i < values.length; i += 2) map.set(values[i] ?? null, values[i + 1] ?? null);
    return map;
  }
}
