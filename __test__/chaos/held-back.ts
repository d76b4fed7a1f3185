/**
 * Kinds of faults, operations and ways to send commands that find faults which are known and not mended yet. Kinds and
 * operations run if they are asked for with `--kinds` or `--operations`. An entry goes with the mend.
 */
export const HELD_BACK: ReadonlySet<string> = new Set<string>([
  // Pushes that nobody asked for answer ordinary commands.
  'unasked-subscribe', 'subscribe-in-multi',
  // NOAUTH is taken for a server without HELLO: RESP2 for ever.
  'password-wanted',
  // An empty string from the cache is text where a Buffer is wanted.
  'set-empty',
  // In a pool, a command with `asap` overtakes what undoes the SELECT of a task: it runs in another database.
  'asap-in-pool',
  // Subscriptions of a client that is opened again are lost when its first attempt fails.
  'subscriptions-of-reopened',
]);
