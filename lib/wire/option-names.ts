/** Warns of unknown options. npm `redis` ignores them silently, so that a misspelt option has no effect. */

/** The known names of an options object, and hints for some unknown ones. */
export interface OptionNames {
  /** Put in front of the names in warnings, such as `commandOptions.`. */
  readonly prefix: string;
  readonly known: ReadonlySet<string>;
  /** What to use instead, by the option's name in another library or version. */
  readonly hints: ReadonlyMap<string, string>;
}

/** Most names that one warning lists. */
const MOST_NAMES = 10;
const LONGEST_NAME = 40;

/** The warnings emitted so far, so that a program with many clients gets each of them once. */
const told = new Set<string>();
const MOST_TOLD = 1000;

/** Emits a process warning, once for each text. */
export function warnOnce(message: string, code: string): void {
  if (told.has(message) || told.size >= MOST_TOLD) return;
  told.add(message);
  process.emitWarning(message, { code });
}

/** Emits one warning that lists unknown options and the names that were probably meant. */
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

/** Finds a known name that differs only in case, underscores or at most three letters (fewer for short names). */
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

/** The number of letters to change, add or remove; at most `limit`. */
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
