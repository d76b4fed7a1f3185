import { setTimeout as sleep } from 'node:timers/promises';

/** Only what never happens takes so long, ms: nothing that works is judged by it, however busy the machine is. */
export const PATIENCE = 30_000;

/** Waits until a condition holds. @param what for the message @throws Error when it does not come to hold */
export async function until(condition: () => unknown, what = 'a condition'): Promise<void> {
  const deadline = performance.now() + PATIENCE;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`waited ${PATIENCE / 1000} s in vain for ${what}`);
    await sleep(5);
  }
}

/** Lets what is due happen: a turn of the event loop. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
