/** Computes the cluster hash slot of keys (redis.io, "Redis cluster specification"). */
import type { RedisArgument } from './command-parser';
import type { CommandEncoder } from './encoder';
import { NO_LARGES, type LargeArgument, type Segmented } from './large-arguments';

/** Number of slots of a cluster. */
export const HASH_SLOTS = 16_384;

/** Stands for the slot of a command without a key. */
export const NO_SLOT = -1;

/** The polynomial of CRC-16/XMODEM. */
const POLYNOMIAL = 0x1021;

const OPENING = 0x7b;
const CLOSING = 0x7d;
const CARRIAGE_RETURN = 13;
const ZERO = 0x30;

/** The checksum of each byte. */
const TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ POLYNOMIAL;
  return crc;
});

/** The checksum of each byte with a zero byte behind it. */
const NEXT_TABLE = TABLE.map((crc) => (crc << 8) ^ (TABLE[crc >> 8] as number));

/** CRC-16/XMODEM of a part of `bytes`. */
export function crc16(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let crc = 0;
  for (let i = start; i < end; i++) crc = ((crc << 8) ^ (TABLE[(crc >> 8) ^ (bytes[i] as number)] as number)) & 0xffff;
  return crc;
}

/** The slot of a key. In a key with a hash tag, such as `{user}.name`, only the text between the braces counts. */
export function hashSlot(key: RedisArgument): number {
  return slotOfBytes(typeof key === 'string' ? Buffer.from(key) : key);
}

/** The slot of a key that is a part of `bytes`. Two bytes at a time take two thirds of the time. */
export function slotOfBytes(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let crc = 0;
  let i = start;
  for (const last = end - 1; i < last; i += 2) {
    const one = bytes[i] as number;
    const next = bytes[i + 1] as number;
    if (one === OPENING) return slotOfTagged(bytes, start, end, i);
    if (next === OPENING) return slotOfTagged(bytes, start, end, i + 1);
    crc = (NEXT_TABLE[(crc >> 8) ^ one] as number) ^ (TABLE[(crc & 0xff) ^ next] as number);
  }
  if (i < end) {
    const byte = bytes[i] as number;
    if (byte === OPENING) return slotOfTagged(bytes, start, end, i);
    crc = ((crc << 8) ^ (TABLE[(crc >> 8) ^ byte] as number)) & 0xffff;
  }
  return crc % HASH_SLOTS;
}

/** The slot of a key whose first opening brace is at `opening`. */
function slotOfTagged(bytes: Uint8Array, start: number, end: number, opening: number): number {
  let closing = opening + 1;
  while (closing < end && bytes[closing] !== CLOSING) closing++;
  // An empty hash tag is ignored, and so is one without an end.
  const isTagged = closing < end && closing > opening + 1;
  return (isTagged ? crc16(bytes, opening + 1, closing) : crc16(bytes, start, end)) % HASH_SLOTS;
}

/** A command whose first key is known. */
export interface Keyed extends Segmented {
  /** Offset of the `$` of the first key in `bytes`; -1 without a key. */
  readonly keyAt: number;
  /** A key that determines the slot instead, without being sent as a key. */
  readonly routingKey?: RedisArgument | undefined;
}

/** The slot of the first key of a command; {@link NO_SLOT} without a key. */
export function hashSlotOf({ bytes, larges = NO_LARGES, keyAt, routingKey }: Keyed): number {
  if (routingKey !== undefined) return hashSlot(routingKey);
  return keyAt < 0 ? NO_SLOT : slotOfWord(bytes, 0, keyAt, larges);
}

/** The slot of the command in an encoder, between its `end()` and `commit()`. */
export function hashSlotIn({ buffer, start, larges, keyAt, routingKey }: CommandEncoder): number {
  if (routingKey !== undefined) return hashSlot(routingKey);
  return keyAt < 0 ? NO_SLOT : slotOfWord(buffer, start, keyAt, larges);
}

/**
 * The slot of the key whose `$` is at `keyAt` of a command. This runs for every command of a cluster, so it allocates nothing.
 *
 * @param from where the command begins in `bytes`
 */
function slotOfWord(bytes: Uint8Array, from: number, keyAt: number, larges: readonly LargeArgument[]): number {
  let at = from + keyAt + 1;
  let length = 0;
  for (; bytes[at] !== CARRIAGE_RETURN; at++) length = length * 10 + (bytes[at] as number) - ZERO;
  at += 2;
  if (larges.length > 0) {
    const large = larges.find((argument) => argument.at === at - from);
    if (large !== undefined) return slotOfBytes(large.bytes, 0, large.length);
  }
  return slotOfBytes(bytes, at, at + length);
}
