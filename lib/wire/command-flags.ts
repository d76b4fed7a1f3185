/** What the engine is told of a command, as flags of the boundary. */
import { FLAG_BLOCKING, FLAG_PUB_SUB, FLAG_READ } from './boundary.generated';
import { isPubSubName } from './pub-sub-names';

/**
 * @param name in any case of letters
 * @param reads it changes nothing
 * @param waits it may be answered much later
 */
export function commandFlags(name: string, reads: boolean, waits: boolean): number {
  return (reads ? FLAG_READ : 0) | (waits ? FLAG_BLOCKING : 0) | (isPubSubName(name) ? FLAG_PUB_SUB : 0);
}
