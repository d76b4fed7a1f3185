/** Sets of hash slots as ranges: few numbers, as slots of a node are mostly adjacent. */
import { HASH_SLOTS } from '../../wire/hash-slot';

/** First and last slot of each range, in order: `[0, 99, 200, 299]`. */
export type SlotRanges = readonly number[];

export const NO_SLOTS: SlotRanges = [];

/** Returns the slots for which `includes` is true. */
export function rangesWhere(includes: (slot: number) => boolean): SlotRanges {
  const ranges: number[] = [];
  let isOpen = false;
  for (let slot = 0; slot < HASH_SLOTS; slot++) {
    const included = includes(slot);
    if (included === isOpen) continue;
    ranges.push(included ? slot : slot - 1);
    isOpen = included;
  }
  if (isOpen) ranges.push(HASH_SLOTS - 1);
  return ranges;
}

/** Returns one byte for each slot: 1 if it is in the ranges. */
export function membership(ranges: SlotRanges): Uint8Array {
  const members = new Uint8Array(HASH_SLOTS);
  for (let i = 0; i < ranges.length; i += 2) members.fill(1, ranges[i], (ranges[i + 1] as number) + 1);
  return members;
}

/** Returns the slots of both. */
export function both(one: SlotRanges, other: SlotRanges): SlotRanges {
  const [ofOne, ofOther] = [membership(one), membership(other)];
  return rangesWhere((slot) => ofOne[slot] === 1 || ofOther[slot] === 1);
}
