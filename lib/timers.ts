/** Limits of timers. */

/** The longest delay that a timer can count, in ms: with a longer one it would fire at once. */
export const LONGEST_TIMER = 0x7fff_ffff;
