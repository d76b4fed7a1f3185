import type { Sequence } from './sequence';
import { dataSequences } from './data';
import { serverSequences } from './server';
import { streamSequences } from './streams';

export { play, type Sequence, type SequenceActor } from './sequence';

/** All sequences. */
export const SEQUENCES: readonly Sequence[] = [...dataSequences, ...streamSequences, ...serverSequences];
