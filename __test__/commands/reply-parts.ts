/** Every way to put another value in place of one part of a reply. */
import type { RespValue } from '../support/resp';

/** Where a part is: an index of a list, or a key of a map, for each level. */
type Path = readonly RespValue[];

function* pathsOf(value: RespValue, at: Path = []): Generator<Path> {
  yield at;
  if (Array.isArray(value)) for (const [index, item] of value.entries()) yield* pathsOf(item, [...at, index]);
  else if (value instanceof Map) for (const [key, item] of value) yield* pathsOf(item, [...at, key]);
}

/** True for the name of a field in a map that is a list: servers do not leave names out, and npm redis does not look at them. */
function isName(value: RespValue, path: Path): boolean {
  const last = path.at(-1);
  let list = value;
  for (const step of path.slice(0, -1)) list = list instanceof Map ? list.get(step) as RespValue : (list as RespValue[])[step as number] as RespValue;
  return Array.isArray(list) && list.length % 2 === 0 && (last as number) % 2 === 0 && typeof list[last as number] === 'string'
    && list.every((item, index) => index % 2 === 1 || typeof item === 'string');
}

function replaced(value: RespValue, [step, ...rest]: Path, by: RespValue): RespValue {
  if (step === undefined) return by;
  if (value instanceof Map) return new Map(value).set(step, replaced(value.get(step) as RespValue, rest, by));
  const list = value as RespValue[];
  return list.map((item, index) => (index === step ? replaced(item, rest, by) : item));
}

/** Parts of a reply that are replaced at most; of larger replies it is every second, third … */
const MOST_PARTS = 120;
/** The same for replies whose conversion takes long. */
const LARGE = 3000;
const MOST_PARTS_OF_LARGE = 12;

/** The reply with `by` in place of one of its parts, for each part; the reply as a whole is the first. */
export function* withPartReplaced(reply: RespValue, by: RespValue): Generator<{ at: string; reply: RespValue; isName: boolean }> {
  const paths = [...pathsOf(reply)];
  const step = Math.ceil(paths.length / (paths.length > LARGE ? MOST_PARTS_OF_LARGE : MOST_PARTS));
  for (let i = 0; i < paths.length; i += step) {
    const path = paths[i] as Path;
    yield { at: path.join('/'), reply: replaced(reply, path, by), isName: isName(reply, path) };
  }
}
