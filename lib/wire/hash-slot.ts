/** Computes the cluster hash slot of keys (redis.io, "Redis cluster specification"). */
import type { RedisArgument } from './command-parser';
import type { CommandEncoder } from './encoder';
import { NO_LARGES, type Segmented } from './large-arguments';

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

/** The slot of a key that is a part of `bytes`. */
export function slotOfBytes(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let crc = 0;
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number;
    if (byte === OPENING) return slotOfTagged(bytes, start, i, end);
    crc = ((crc << 8) ^ (TABLE[(crc >> 8) ^ byte] as number)) & 0xffff;
  }
  return crc % HASH_SLOTS;
}

/** The slot of a key whose first brace is at `opening`. */
function slotOfTagged(bytes: Uint8Array, start: number, opening: number, end: number): number {
  let closing = opening + 1;
  while (closing < end && bytes[closing] !== CLOSING) closing++;
  // An empty hash tag, or one that does not end, is none.
  const isTag = closing < end && closing > opening + 1;
  return (isTag ? crc16(bytes, opening + 1, closing) : crc16(bytes, start, end)) % HASH_SLOTS;
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
  return slotAt(bytes, 0, larges, keyAt, routingKey);
}

/** The slot of the command in an encoder, between its `end()` and `commit()`. */
export function hashSlotIn({ buffer, start, larges, keyAt, routingKey }: CommandEncoder): number {
  return slotAt(buffer, start, larges, keyAt, routingKey);
}

/** @param start where the command begins in `bytes` */
function slotAt(
  bytes: Uint8Array, start: number, larges: NonNullable<Segmented['larges']>, keyAt: number, routingKey: RedisArgument | undefined,
): number {
  if (routingKey !== undefined) return hashSlot(routingKey);
  if (keyAt < 0) return NO_SLOT;
  // After the `$`: the length in digits, CR, LF, the key.
  let at = start + keyAt + 1;
  let length = 0;
  for (let byte = bytes[at++] as number; byte !== CARRIAGE_RETURN; byte = bytes[at++] as number) length = length * 10 + byte - ZERO;
  at++;
  if (larges.length > 0) {
    const large = larges.find((argument) => argument.at === at - start);
    if (large !== undefined) return slotOfBytes(large.bytes, 0, large.length);
  }
  return slotOfBytes(bytes, at, at + length);
}
