/** Options that mean nothing: npm `redis` ignores them in silence, and what somebody asked for never happens. */

/** The names of an object of options, and what to say of some others. */
export interface OptionNames {
  /** Names such as `commandOptions.timeout` have this in front of them. */
  readonly prefix: string;
  readonly known: ReadonlySet<string>;
  /** By name of another library or version: what to use instead. */
  readonly hints: ReadonlyMap<string, string>;
}

/** How many names one warning lists. */
const MOST_NAMES = 10;
const LONGEST_NAME = 40;

/** What has been warned of, so that a program which makes many clients hears of it once. */
const told = new Set<string>();
const MOST_TOLD = 1000;

/** Emits a warning of the process, once for each text. */
export function warnOnce(message: string, code: string): void {
  if (told.has(message) || told.size >= MOST_TOLD) return;
  told.add(message);
  process.emitWarning(message, { code });
}

/** Says in one warning which options are not known, with what was probably meant. */
export function warnOfUnknown(parts: readonly (readonly [given: unknown, names: OptionNames])[]): void {
  const unknown = parts.flatMap(([given, names]) => unknownNames(given, names));
  if (unknown.length === 0) return;
  const more = unknown.length > MOST_NAMES ? ` and ${unknown.length - MOST_NAMES} more` : '';
  const list = unknown.slice(0, MOST_NAMES).join('; ');
  warnOnce(`Options that oxredis does not know are ignored: ${list}${more}`, 'OXREDIS_UNKNOWN_OPTION');
}

function unknownNames(given: unknown, names: OptionNames): string[] {
  if (typeof given !== 'object' || given === null) return [];
  return Object.keys(given)
    .filter((name) => !names.known.has(name) && (given as Record<string, unknown>)[name] !== undefined)
    .map((name) => described(name, names));
}

function described(name: string, { prefix, known, hints }: OptionNames): string {
  const shown = prefix + (name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}…` : name);
  const hint = hints.get(name);
  if (hint !== undefined) return `${shown} (${hint})`;
  const similar = similarName(name, known);
  return similar === undefined ? shown : `${shown} (did you mean ${prefix}${similar}?)`;
}

/** A known name that differs in case, underscores or three letters at most (fewer where it is short). */
export function similarName(name: string, known: ReadonlySet<string>): string | undefined {
  if (name.length > LONGEST_NAME) return undefined;
  const plain = plainName(name);
  let best: string | undefined;
  let least = Math.min(4, Math.floor(plain.length / 4) + 1);
  for (const candidate of known) {
    const distance = editDistance(plain, plainName(candidate), least);
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

function plainName(name: string): string {
  return name.replaceAll('_', '').toLowerCase();
}

/** Letters to change, add or leave out; `limit` when there are as many or more. */
function editDistance(one: string, other: string, limit: number): number {
  if (Math.abs(one.length - other.length) >= limit) return limit;
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const changed = (row[j - 1] as number) + (one[i - 1] === other[j - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return Math.min(limit, row[other.length] as number);
}
