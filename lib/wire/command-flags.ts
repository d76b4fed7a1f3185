/** The flags that describe a command to the engine. */
import { FLAG_BLOCKING, FLAG_PUB_SUB, FLAG_READ } from './boundary.generated';
import { isPubSubName } from './pub-sub-names';

/**
 * @param name the command's name, in upper or lower case
 * @param reads the command only reads
 * @param waits the command may block on the server
 */
export function commandFlags(name: string, reads: boolean, waits: boolean): number {
  return (reads ? FLAG_READ : 0) | (waits ? FLAG_BLOCKING : 0) | (isPubSubName(name) ? FLAG_PUB_SUB : 0);
}
