/**
 * Kinds of faults and operations that find faults which are known and not mended yet. They run if they are asked for with
 * `--kinds` or `--operations`. An entry goes with the mend.
 */
export const HELD_BACK: ReadonlySet<string> = new Set<string>([]);
