/** The flags that describe a command to the engine. */
import { FLAG_BLOCKING, FLAG_PUB_SUB, FLAG_READ } from './boundary.generated';
import type { Command } from './command';
import { isPubSubName } from './pub-sub-names';

/**
 * @param name the command's name, in upper or lower case
 * @param reads the command only reads
 * @param waits the command may block on the server
 */
export function commandFlags(name: string, reads: boolean, waits: boolean): number {
  return (reads ? FLAG_READ : 0) | (waits ? FLAG_BLOCKING : 0) | (isPubSubName(name) ? FLAG_PUB_SUB : 0);
}

/** Corrects the flags that follow from a name by what the definition of a user's command, which has none, says of reading. */
export function asDeclared(flags: number, command: Command | undefined): number {
  if (command === undefined || command.name !== undefined || command.IS_READ_ONLY === undefined) return flags;
  return command.IS_READ_ONLY ? flags | FLAG_READ : flags & ~FLAG_READ;
}
