/** Concurrent loops, of which most workloads consist. */

/** Runs `count` concurrent loops of `check(index, await send(index))` until the clock stops. Returns how often they ran. */
export async function loops(count, clock, send, check) {
  let done = 0;
  const loop = async index => {
    do {
      check(index, await send(index));
      done++;
    } while (!clock.stopped);
  };
  await Promise.all(Array.from({ length: count }, (_, index) => loop(index)));
  return done;
}
