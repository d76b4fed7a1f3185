const pending = new Set<() => void>();
let hooked = false;

/**
 * Makes sure that something is undone when this process ends, however it ends (except by SIGKILL).
 * @param undo synchronous; called at most once
 * @returns a function that undoes it now
 */
export function atExit(undo: () => void): () => void {
  hook();
  pending.add(undo);
  return () => {
    if (pending.delete(undo)) undo();
  };
}

function hook(): void {
  if (hooked) return;
  hooked = true;
  process.on('exit', () => {
    for (const undo of [...pending]) {
      pending.delete(undo);
      try {
        undo();
      } catch {
        // The others still have to be undone.
      }
    }
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => process.exit(1));
  }
}
