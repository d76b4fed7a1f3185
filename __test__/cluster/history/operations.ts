/** The operations of a load: each sends something and judges what comes back. */
import type { Random } from '../../chaos/random';
import type { Contestant } from './contestant';
import type { Complain, Group, Floor } from './registers';

/** Sets both keys of a pair, increments a counter, and gives the counter. */
export const SCRIPT = `
redis.call('SET', KEYS[1], ARGV[1])
redis.call('SET', KEYS[2], ARGV[1])
return redis.call('INCR', KEYS[3])`;

export type Kind = 'get' | 'set' | 'incr' | 'mGet' | 'mSet' | 'multi' | 'eval';

/** How often each kind is drawn. */
export const KINDS: readonly { kind: Kind; weight: number }[] = [
  { kind: 'get', weight: 30 }, { kind: 'set', weight: 20 }, { kind: 'incr', weight: 20 }, { kind: 'mGet', weight: 10 },
  { kind: 'mSet', weight: 8 }, { kind: 'multi', weight: 6 }, { kind: 'eval', weight: 6 },
];

/** An operation that was begun. */
export interface Begun {
  readonly kind: Kind;
  readonly groups: readonly Group[];
  /** Resolves when its reply has been judged; rejects as the command does. */
  readonly done: Promise<void>;
}

/** Groups that an mGet or mSet works on. */
const MOST_AT_ONCE = 4;

/** Begins an operation. Where all writers of what it would write are busy, it increments instead. */
export function begin(client: Contestant, kind: Kind, groups: readonly Group[], random: Random, complain: Complain): Begun {
  const one = random.pick(groups);
  switch (kind) {
    case 'get': return { kind, groups: [one], done: get(client, one) };
    case 'mGet': {
      const some = several(groups, random);
      return { kind, groups: some, done: mGet(client, some, complain) };
    }
    case 'set':
      if (!one.single.isBusy) return { kind, groups: [one], done: set(client, one) };
      break;
    case 'mSet': {
      const some = several(groups, random).filter(({ pair }) => !pair.isBusy);
      if (some.length > 0) return { kind, groups: some, done: mSet(client, some) };
      break;
    }
    case 'multi':
      if (!one.pair.isBusy) return { kind, groups: [one], done: multi(client, one, complain) };
      break;
    case 'eval':
      if (!one.pair.isBusy) return { kind, groups: [one], done: evaluate(client, one) };
      break;
    case 'incr':
  }
  return { kind: 'incr', groups: [one], done: incr(client, one) };
}

/** Reads all keys of a group at once and judges them. */
export async function verify(client: Contestant, group: Group, complain: Complain): Promise<void> {
  const { single, pair, pairKeys, count, runs } = group;
  const floors = [single.floor, pair.floor, count.floor, runs.floor] as const;
  const values = await client.mGet([single.key, ...pairKeys, count.key, runs.key]) as unknown[];
  single.judge(values[0], floors[0], 'at the end');
  judgePair(group, values.slice(1, 3), floors[1], 'at the end', complain);
  count.judge(values[3], floors[2], 'at the end');
  runs.judge(values[4], floors[3], 'at the end');
}

async function get(client: Contestant, { single }: Group): Promise<void> {
  const { floor } = single;
  single.judge(await client.get(single.key), floor, 'get');
}

async function set(client: Contestant, { single }: Group): Promise<void> {
  const value = single.begin();
  try {
    await client.set(single.key, value);
    single.acknowledge(value);
  } finally {
    single.end();
  }
}

async function incr(client: Contestant, { count }: Group): Promise<void> {
  const { floor } = count;
  count.begin();
  count.acknowledge(await client.incr(count.key), floor, 'incr');
}

async function mGet(client: Contestant, groups: readonly Group[], complain: Complain): Promise<void> {
  const floors = groups.map(({ pair }) => pair.floor);
  const values = await client.mGet(groups.flatMap(({ pairKeys }) => pairKeys)) as unknown[];
  if (values.length !== 2 * groups.length) return complain(`mGet of ${2 * groups.length} keys gave ${values.length} values`);
  for (const [index, group] of groups.entries()) {
    judgePair(group, values.slice(2 * index, 2 * index + 2), floors[index] as Floor, 'mGet', complain);
  }
}

async function mSet(client: Contestant, groups: readonly Group[]): Promise<void> {
  const written = groups.map((group) => ({ ...group, value: group.pair.begin() }));
  try {
    await client.mSet(Object.fromEntries(written.flatMap(({ pairKeys, value }) => pairKeys.map((key) => [key, value]))));
    for (const { pair, value } of written) pair.acknowledge(value);
  } finally {
    for (const { pair } of written) pair.end();
  }
}

async function multi(client: Contestant, { pair, pairKeys: [left, right], runs }: Group, complain: Complain): Promise<void> {
  const [{ floor }, value] = [runs, pair.begin()];
  runs.begin();
  try {
    const replies = await client.multi().set(left, value).set(right, value).incr(runs.key).get(left).exec() as unknown[];
    pair.acknowledge(value);
    runs.acknowledge(replies[2], floor, 'multi');
    if (replies[3] !== value) complain(`multi: ${left} is ${String(replies[3])} where ${value} was set before`);
  } finally {
    pair.end();
  }
}

async function evaluate(client: Contestant, { pair, pairKeys: [left, right], runs }: Group): Promise<void> {
  const [{ floor }, value] = [runs, pair.begin()];
  runs.begin();
  try {
    const reply = await client.eval(SCRIPT, { keys: [left, right, runs.key], arguments: [value] });
    pair.acknowledge(value);
    runs.acknowledge(reply, floor, 'eval');
  } finally {
    pair.end();
  }
}

/** Both keys of a pair are written together: they never differ. */
function judgePair({ pair, pairKeys: [left, right] }: Group, [first, second]: unknown[], floor: Floor, how: string, complain: Complain): void {
  if (first !== second) return complain(`${how}: ${left} is ${String(first)} and ${right} is ${String(second)}: half of a write`);
  pair.judge(first, floor, how);
}

function several(groups: readonly Group[], random: Random): Group[] {
  const chosen = new Set<Group>();
  for (let left = random.between(2, MOST_AT_ONCE); left > 0; left--) chosen.add(random.pick(groups));
  return [...chosen];
}
