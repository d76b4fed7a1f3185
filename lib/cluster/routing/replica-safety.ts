/** Which commands may go to replicas. */
import { onlyReadsKeys } from '../../commands/metadata';
import type { Command } from '../../wire/command';

/**
 * Whether a replica may serve the command: if it is declared read-only, or else if the server says that it only reads keys. Scripts and
 * functions need the declaration.
 *
 * @param declared what the caller of `sendCommand` or the definition says, if it says something
 * @param name in upper case
 */
export function isReplicaSafe(declared: boolean | undefined, name: string): boolean {
  return declared ?? onlyReadsKeys(name);
}

/** The same for a command with a definition. */
export function mayReadFromReplica(command: Command, name: string): boolean {
  return isReplicaSafe(command.IS_READ_ONLY, name);
}
