/** Encodes commands directly into a buffer. The encoder is the parser object that `parseCommand` receives on a connection. */
import { byteLengthOf, goneError } from './bytes';
import { LARGE_ARGUMENT, NO_LARGES, type LargeArgument, type LargeTexts } from './large-arguments';
import { latin1Write, utf8Write } from './native-buffer';
import { argumentTypeError, wordError } from './argument-error';
import { cacheKeyOf, isEmptyPrefix, type CommandIdentifier, type FrameParser, type RedisArgument, type RedisVariadicArgument } from './command-parser';
import { readArguments } from './encoded-arguments';
import type { WordFrame } from './word-frame';

// V8 inlines this call even when a class extends String in the process; `value.charCodeAt(i)` then takes four times as long.
const { charCodeAt } = String.prototype;

const DOLLAR = 36;
const ASTERISK = 42;
const CARRIAGE_RETURN = 13;
const LINE_FEED = 10;
const ZERO = 48;

/** `*N\r\n` with one digit. */
const HEADER_BYTES = 4;
/** Strings up to this length are written char by char; for longer ones, one native call is cheaper. */
const SHORT_TEXT = 48;
/** Most bytes of a short ASCII text: `$48\r\n`, the text, `\r\n`. */
const SHORT_TEXT_ROOM = SHORT_TEXT + 7;
/** Most bytes around an argument: `$`, ten digits, twice `\r\n`. */
const FRAME_ROOM = 15;
/** Buffers up to this length are copied byte by byte. */
const SHORT_BYTES = 24;
/** Longer lists of indexes are released after the command. */
const MAX_KEPT_INDEXES = 1024;
/** Lengths and offsets are passed to native code as 32-bit integers. */
const MAX_COMMAND_BYTES = 0x7fff_ffff;

/** The user's code in an argument (a getter, an iterator, a proxy) sent another command while this one was encoded. */
const INTERRUPTED = new Error('Reading the arguments of this command sent another one');

/**
 * Called when `needed` more bytes do not fit after `encoder.position`. It must make room: flush the committed commands, and/or move the
 * current one with `encoder.relocate`. An error that it throws becomes the error of `end()`.
 */
export type Grow = (encoder: CommandEncoder, needed: number) => void;

/** The default: moves everything, including committed commands, to a private buffer of at least twice the size. */
export function growPrivately(encoder: CommandEncoder, needed: number): void {
  const { buffer, position } = encoder;
  // Extra room after a large value, so that the next argument does not copy it again.
  const target = Buffer.allocUnsafeSlow(Math.max(buffer.length * 2, position + needed + 4096));
  buffer.copy(target, 0, 0, position);
  encoder.buffer = target;
}

/**
 * A parser object that writes RESP while it is being called.
 *
 * A command is `begin()`, pushes, `end()`, and then `commit()` to keep it or `begin()` to drop it. Its bytes are
 * `buffer.subarray(start, position)` between `end()` and `commit()`. The getters may be used until the next `begin()` or `commit()`.
 */
export class CommandEncoder implements FrameParser {
  buffer: Buffer;
  /** Where the current command begins, and the last committed one ends. */
  start = 0;
  /** Where the next byte goes. */
  position = HEADER_BYTES;
  /** Words pushed so far. */
  argc = 0;
  /** Offset of the first key's `$` from the start of the command, final after `end()`; -1 without a key. */
  keyAt = -1;
  /** A key for cluster routing that was marked, not pushed. */
  routingKey: RedisArgument | undefined = undefined;
  preserve: unknown = undefined;
  /** The arguments that were not copied, in order. */
  larges: readonly LargeArgument[] = NO_LARGES;
  /** The sum of their lengths in bytes. */
  largeBytes = 0;

  private readonly grow: Grow;
  private readonly texts: LargeTexts | undefined;
  private readonly largeFrom: number;
  private headerBytes = HEADER_BYTES;
  private keyPrefix: RedisArgument | undefined = undefined;
  private keyIndexes: number[] = [];
  private keyCount = 0;
  private bufferIndexes: number[] = [];
  private bufferCount = 0;
  private failure: Error | undefined = undefined;
  private bufferView: DataView = new DataView(new ArrayBuffer(0));
  private viewed: Buffer | undefined = undefined;

  /**
   * @param buffer where to write
   * @param grow makes room when a command does not fit
   * @param texts encodes large texts; without it, large arguments are copied like any others
   */
  constructor(buffer: Buffer, grow: Grow = growPrivately, texts?: LargeTexts) {
    this.buffer = buffer;
    this.texts = texts;
    this.largeFrom = texts === undefined ? Infinity : LARGE_ARGUMENT;
    this.grow = grow;
    if (buffer.length < HEADER_BYTES) this.makeRoom(0);
  }

  /** Starts a command, dropping the current one unless it was committed. An empty prefix has no effect. */
  begin(keyPrefix?: RedisArgument): this {
    this.argc = 0;
    this.keyAt = -1;
    this.headerBytes = HEADER_BYTES;
    this.keyPrefix = keyPrefix;
    if (this.keyCount > MAX_KEPT_INDEXES) this.keyIndexes = [];
    this.keyCount = 0;
    if (this.bufferCount > MAX_KEPT_INDEXES) this.bufferIndexes = [];
    this.bufferCount = 0;
    this.preserve = undefined;
    this.routingKey = undefined;
    this.failure = undefined;
    if (this.largeBytes !== 0) this.dropLarges();
    this.position = this.start + HEADER_BYTES;
    if (this.position > this.buffer.length) this.makeRoom(0);
    return this;
  }

  /**
   * Writes the header of the command.
   *
   * @returns length of the command in bytes, including its large arguments
   * @throws TypeError for an argument that is neither string nor Buffer, or when there are none; RangeError for a command that is
   *   too large. The command is dropped then.
   */
  end(): number {
    const { argc, buffer, start } = this;
    if (this.failure !== undefined || argc === 0) throw this.rollBack();
    if (argc < 10) {
      buffer[start] = ASTERISK;
      buffer[start + 1] = ZERO + argc;
      buffer[start + 2] = CARRIAGE_RETURN;
      buffer[start + 3] = LINE_FEED;
    } else {
      this.writeLongHeader();
    }
    return this.position - this.start + this.largeBytes;
  }

  /** Keeps the command that `end()` finished; the next one follows it. */
  commit(): void {
    this.start = this.position;
    this.position += HEADER_BYTES;
    this.argc = 0;
    this.failure = INTERRUPTED;
    if (this.largeBytes !== 0) this.dropLarges();
  }

  /** Another command was written to this buffer, up to `start`. The current command is lost: its `end()` will throw. */
  interrupt(start: number): void {
    this.start = start;
    this.position = start + HEADER_BYTES;
    this.failure = INTERRUPTED;
    if (this.largeBytes !== 0) this.dropLarges();
  }

  private dropLarges(): void {
    this.larges = NO_LARGES;
    this.largeBytes = 0;
  }

  /** Drops the current command and starts the next one at `start`. */
  reset(start = 0): void {
    this.start = start;
    this.begin();
  }

  /** Moves the current command, but no committed one, to `offset` of `target` and continues there. */
  relocate(target: Buffer, offset = 0): void {
    this.buffer.copy(target, offset, this.start, this.position);
    this.buffer = target;
    this.position += offset - this.start;
    this.start = offset;
  }

  push(...args: RedisArgument[]): void;
  push(): void {
    // `arguments` is not copied: a rest parameter would allocate an array for every call.
    // eslint-disable-next-line prefer-rest-params
    for (let i = 0; i < arguments.length; i++) this.write(arguments[i] as RedisArgument);
  }

  /** @internal Appends a word that is encoded already. */
  pushFrame({ length, numbers }: WordFrame): void {
    const room = numbers.length * 4;
    if (this.buffer.length - this.position < room && !this.makeRoom(room)) return;
    const view = this.view();
    let { position } = this;
    for (let i = 0; i < numbers.length; i++) {
      view.setInt32(position, numbers[i] as number, true);
      position += 4;
    }
    this.position += length;
    this.argc++;
  }

  /** A view of `buffer` that writes 32-bit numbers at any offset. */
  private view(): DataView {
    const { buffer } = this;
    if (this.viewed !== buffer) {
      this.viewed = buffer;
      this.bufferView = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
    }
    return this.bufferView;
  }

  pushVariadic(values: RedisVariadicArgument): void {
    if (Array.isArray(values)) for (const value of values) this.write(value);
    else this.write(values);
  }

  pushVariadicWithLength(values: RedisVariadicArgument): void {
    this.pushLength(values);
    this.pushVariadic(values);
  }

  pushVariadicNumber(values: number | number[]): void {
    if (Array.isArray(values)) for (const value of values) this.write(value.toString());
    else this.write(values.toString());
  }

  pushKey(key: RedisArgument, applyPrefix = true): void {
    this.keyIndexes[this.keyCount++] = this.argc;
    const before = this.position - this.start;
    const prefix = this.keyPrefix;
    if (prefix === undefined || !applyPrefix || isEmptyPrefix(prefix)) this.write(key);
    else if (typeof key === 'string' && typeof prefix === 'string') this.write(prefix + key);
    else this.writeJoined(prefix, key);
    if (this.keyAt === -1) this.keyAt = before;
  }

  pushKeys(keys: RedisVariadicArgument): void {
    if (Array.isArray(keys)) for (const key of keys) this.pushKey(key);
    else this.pushKey(keys);
  }

  pushKeysLength(keys: RedisVariadicArgument): void {
    this.pushLength(keys);
    this.pushKeys(keys);
  }

  /** Sets the key for cluster routing, when it was pushed as a plain argument or is not sent at all. The key prefix does not apply. */
  markRoutingKey(key: RedisArgument): void {
    this.routingKey ??= key ?? undefined;
  }

  get redisArgs(): RedisArgument[] {
    return this.readBack(Infinity);
  }

  get keys(): RedisArgument[] {
    const args = this.redisArgs;
    const keys = this.keyIndexes.slice(0, this.keyCount).map((index) => args[index]);
    return this.routingKey === undefined ? keys : [this.routingKey, ...keys];
  }

  get firstKey(): RedisArgument | undefined {
    if (this.routingKey !== undefined) return this.routingKey;
    return this.keyCount === 0 ? undefined : this.readBack(this.keyIndexes[0] + 1)[this.keyIndexes[0]];
  }

  /** The number of keys if they are adjacent in the command, otherwise 0. */
  get adjacentKeys(): number {
    if (this.routingKey !== undefined) return 0;
    const count = this.keyCount;
    for (let i = 1; i < count; i++) if (this.keyIndexes[i] !== this.keyIndexes[0] + i) return 0;
    return count;
  }

  /** Key of the reply in a client-side cache. Equal commands have the same key, even for other servers or databases. */
  get cacheKey(): string {
    return cacheKeyOf(this.redisArgs);
  }

  get commandIdentifier(): CommandIdentifier {
    const [command, subcommand] = this.readBack(2);
    return { command: command?.toString(), subcommand: subcommand?.toString() };
  }

  private readBack(limit: number): RedisArgument[] {
    const own = this.buffer.subarray(this.start, this.position);
    return readArguments(own, this.headerBytes, this.bufferIndexes.slice(0, this.bufferCount), this.larges, limit);
  }

  private pushLength(values: RedisVariadicArgument): void {
    this.write(Array.isArray(values) ? values.length.toString() : '1');
  }

  private write(value: RedisArgument): void {
    if (typeof value === 'string') {
      if (value.length > SHORT_TEXT) this.writeText(value);
      else this.writeShortText(value);
    } else if (value instanceof Buffer) {
      this.writeBytes(value);
    } else {
      this.refuse(value);
    }
    this.argc++;
  }

  private writeShortText(value: string): void {
    const length = value.length;
    if (this.buffer.length - this.position < SHORT_TEXT_ROOM && !this.makeRoom(SHORT_TEXT_ROOM)) return;
    const buffer = this.buffer;
    let position = this.position;
    buffer[position++] = DOLLAR;
    if (length < 10) {
      buffer[position++] = ZERO + length;
    } else {
      const tens = (length / 10) | 0;
      buffer[position++] = ZERO + tens;
      buffer[position++] = ZERO + length - tens * 10;
    }
    buffer[position++] = CARRIAGE_RETURN;
    buffer[position++] = LINE_FEED;
    for (let i = 0; i < length; i++) {
      const code = charCodeAt.call(value, i);
      if (code > 0x7f) return this.writeText(value);
      buffer[position++] = code;
    }
    buffer[position++] = CARRIAGE_RETURN;
    buffer[position++] = LINE_FEED;
    this.position = position;
  }

  private writeText(value: string): void {
    if (value.length >= this.largeFrom) return this.writeLargeText(value);
    const bytes = Buffer.byteLength(value);
    if (bytes >= this.largeFrom) return this.writeLargeText(value);
    if (!this.writeFrame(bytes)) return;
    this.writeRaw(value, bytes);
    this.writeLineEnd();
  }

  private writeBytes(value: Buffer): void {
    const length = byteLengthOf(value);
    if (length < 0) return this.refuse(value);
    this.bufferIndexes[this.bufferCount++] = this.argc;
    if (length >= this.largeFrom) return this.writeLarge({ at: 0, length, bytes: value, value, once: false });
    if (!this.writeFrame(length)) return;
    this.copyIn(value, length);
    this.writeLineEnd();
  }

  /** Encodes a large text, unless its number of chars, which is the least number of UTF-8 bytes, is too large already. */
  private writeLargeText(value: string): void {
    if (this.bytesWith(value.length) > MAX_COMMAND_BYTES) this.isAllowed(Buffer.byteLength(value));
    else this.writeLarge((this.texts as LargeTexts).encode(value));
  }

  /** Stores an argument in `larges`; the command's own bytes hold only its length. */
  private writeLarge(large: LargeArgument): void {
    const { length } = large;
    if (!this.isAllowed(length) || !this.writeFrame(length, FRAME_ROOM)) return;
    large.at = this.position - this.start;
    if (this.largeBytes === 0) this.larges = [large];
    else (this.larges as LargeArgument[]).push(large);
    this.largeBytes += length;
    this.writeLineEnd();
  }

  /** Writes a key and its prefix, at least one of which is a Buffer. */
  private writeJoined(prefix: RedisArgument, key: RedisArgument): void {
    if (typeof key === 'string' || key instanceof Buffer) {
      const prefixBytes = typeof prefix === 'string' ? Buffer.from(prefix) : prefix;
      const prefixLength = byteLengthOf(prefixBytes);
      const keyBytes = typeof key === 'string' ? Buffer.byteLength(key) : byteLengthOf(key);
      if (prefixLength < 0 || keyBytes < 0) {
        this.refuse(prefixLength < 0 ? prefix : key);
      } else if (this.writeFrame(prefixLength + keyBytes)) {
        this.bufferIndexes[this.bufferCount++] = this.argc;
        this.copyIn(prefixBytes, prefixLength);
        if (typeof key === 'string') this.writeRaw(key, keyBytes);
        else this.copyIn(key, keyBytes);
        this.writeLineEnd();
      }
    } else {
      this.refuse(key);
    }
    this.argc++;
  }

  /** Writes text whose UTF-8 length is known; lone surrogates become U+FFFD. */
  private writeRaw(value: string, bytes: number): void {
    const buffer = this.buffer;
    if (bytes === value.length) latin1Write(buffer, value, this.position, bytes);
    else utf8Write(buffer, value, this.position, bytes);
    this.position += bytes;
  }

  private copyIn(value: Buffer, length: number): void {
    if (length > SHORT_BYTES) {
      this.buffer.set(value, this.position);
    } else {
      const { buffer, position } = this;
      for (let i = 0; i < length; i++) buffer[position + i] = value[i];
    }
    this.position += length;
  }

  /** Makes room for an argument of `length` bytes and writes its `$length\r\n`. */
  private writeFrame(length: number, needed = length + FRAME_ROOM): boolean {
    if (this.buffer.length - this.position < needed && !this.makeRoom(needed)) return false;
    const buffer = this.buffer;
    buffer[this.position] = DOLLAR;
    this.position = writeDecimal(buffer, this.position + 1, length);
    this.writeLineEnd();
    return true;
  }

  private writeLineEnd(): void {
    this.buffer[this.position] = CARRIAGE_RETURN;
    this.buffer[this.position + 1] = LINE_FEED;
    this.position += 2;
  }

  /** The header of ten words or more does not fit into the reserved four bytes, so the body moves. */
  private writeLongHeader(): void {
    const digits = decimalDigits(this.argc);
    const extra = digits + 3 - this.headerBytes;
    if (extra > 0) {
      if (this.buffer.length - this.position < extra && !this.makeRoom(extra)) throw this.rollBack();
      const body = this.start + this.headerBytes;
      this.buffer.copyWithin(body + extra, body, this.position);
      this.headerBytes += extra;
      this.position += extra;
      if (this.keyAt !== -1) this.keyAt += extra;
      for (const large of this.larges) large.at += extra;
    }
    this.buffer[this.start] = ASTERISK;
    const end = writeDecimal(this.buffer, this.start + 1, this.argc);
    this.buffer[end] = CARRIAGE_RETURN;
    this.buffer[end + 1] = LINE_FEED;
  }

  /** Whether the command may grow by `needed` bytes. If not, `end()` will throw. */
  private isAllowed(needed: number): boolean {
    const bytes = this.bytesWith(needed);
    if (bytes <= MAX_COMMAND_BYTES) return true;
    this.failure ??= new RangeError(`The command is too large: ${bytes} bytes, at most ${MAX_COMMAND_BYTES}`);
    return false;
  }

  /** The length of the command plus `needed` bytes. */
  private bytesWith(needed: number): number {
    return this.position - this.start + this.largeBytes + needed;
  }

  /** @internal Makes room for `needed` more bytes. @returns false if that failed; `end()` will throw then */
  makeRoom(needed: number): boolean {
    if (!this.isAllowed(needed)) return false;
    try {
      this.grow(this, needed);
      if (this.buffer.length - this.position < needed) throw new RangeError(`No room for ${needed} bytes`);
      return true;
    } catch (error) {
      this.failure ??= error as Error;
      return false;
    }
  }

  private refuse(value: unknown): void {
    if (this.failure !== undefined) return;
    this.failure = value instanceof Buffer
      ? goneError(`"arguments[${this.argc}]"`, value)
      : wordError(this.argc, value, this.readBack(1)[0]?.toString());
  }

  private rollBack(): Error {
    let failure = this.failure ?? argumentTypeError('A command needs at least one word');
    if (failure === INTERRUPTED) failure = new Error(INTERRUPTED.message);
    this.begin();
    return failure;
  }
}

function decimalDigits(value: number): number {
  let digits = 1;
  for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) digits++;
  return digits;
}

/** Writes a non-negative integer as decimal text; returns the offset after it. */
function writeDecimal(buffer: Buffer, position: number, value: number): number {
  const end = position + decimalDigits(value);
  let rest = value;
  for (let i = end - 1; i >= position; i--) {
    const tenth = Math.floor(rest / 10);
    buffer[i] = ZERO + rest - tenth * 10;
    rest = tenth;
  }
  return end;
}
