/** Limits of timers. */

/** The maximum delay of a timer in ms. With a longer delay, Node fires it after 1 ms. */
export const LONGEST_TIMER = 0x7fff_ffff;
