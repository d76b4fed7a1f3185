// Flag bits of a metadata row (tools/generate-metadata.mjs writes the same numbers).

/** The server flags the command `readonly`. */
export const READ = 1;
/** The command has key specifications. */
export const KEYED = 2;
/** Equal requests can give different replies. */
export const NONDETERMINISTIC = 4;
/** The command may wait for other clients. */
export const BLOCKING = 8;
/** Not allowed in scripts; among keyed reads these are the commands that run user code. */
export const NO_SCRIPT = 16;
/** Says that a command without the server's `readonly` flag may nevertheless run on a replica. */
export const REPLICA_SAFE = 32;
