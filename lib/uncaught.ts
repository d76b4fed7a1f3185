/** Exceptions of code of the user that runs where nobody waits for it. */

/** Makes an uncaught exception of what was thrown: outside of native code, and of the loop over those who come next. */
export function throwUncaught(error: unknown): void {
  process.nextTick(() => {
    throw error;
  });
}
