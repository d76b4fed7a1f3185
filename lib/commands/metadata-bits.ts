// Flag bits of a metadata row. tools/generate-metadata.mjs writes the same numbers.

/** The server flags the command as `readonly`. */
export const READ = 1;
/** The command has key specifications. */
export const KEYED = 2;
/** Equal requests may get different replies. */
export const NONDETERMINISTIC = 4;
/** The command may block until other clients write. */
export const BLOCKING = 8;
/** The command is not allowed in scripts. Among the reads of keys, these are the commands that run user code. */
export const NO_SCRIPT = 16;
/** The command may run on a replica although the server does not flag it as `readonly`. */
export const REPLICA_SAFE = 32;
