/**
 * Kinds of faults and operations that find faults which are known and not mended yet. They do not run, unless they are asked
 * for with `--kinds` or `--operations`. An entry goes with the mend.
 */
export const HELD_BACK: ReadonlySet<string> = new Set<string>([
  // Pushes that nobody asked for answer ordinary commands.
  'unasked-subscribe', 'subscribe-in-multi',
  // NOAUTH is taken for a server without HELLO: RESP2 for ever.
  'password-wanted',
]);
