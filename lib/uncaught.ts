/** Reports exceptions of user code that has no caller to reject. */

/**
 * Throws an error as an uncaught exception, in the next tick: not inside native code, and without ending the caller's loop over other
 * callbacks.
 */
export function throwUncaught(error: unknown): void {
  process.nextTick(() => {
    throw error;
  });
}
