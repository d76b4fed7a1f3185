/** Commands that change the state of a connection, and commands that wait: they need a connection of their own. */
import { isBlocking } from '../commands/metadata';
import type { RedisArgument } from '../wire/command-parser';

/** State that a borrower may leave on a connection, as bits. */
export const enum Left {
  Nothing = 0,
  /** WATCH: UNWATCH undoes it. */
  Watch = 1,
  /** SELECT: undone by selecting the database of the options. */
  Database = 2,
  /** MULTI without its EXEC: RESET undoes it. */
  Multi = 4,
  /** Something else of the session: RESET undoes it. */
  Session = 8,
  /** Nothing undoes it on this connection. */
  Broken = 16,
}

const SESSION = ['ASKING', 'AUTH', 'HELLO', 'PSUBSCRIBE', 'READONLY', 'READWRITE', 'RESET', 'SSUBSCRIBE', 'SUBSCRIBE'];
const BROKEN = ['MONITOR', 'PSYNC', 'QUIT', 'SYNC'];

/** By the first word of a command: what it leaves, and what it takes back. */
const EFFECTS = new Map<string, readonly [leaves: number, undoes: number]>([
  ...SESSION.map((name) => [name, [Left.Session, 0]] as const),
  ...BROKEN.map((name) => [name, [Left.Broken, 0]] as const),
  ['WATCH', [Left.Watch, 0]],
  ['UNWATCH', [0, Left.Watch]],
  ['SELECT', [Left.Database, 0]],
  ['MULTI', [Left.Multi, 0]],
  ['EXEC', [0, Left.Multi | Left.Watch]],
  ['DISCARD', [0, Left.Multi | Left.Watch]],
]);

const CLIENT_EFFECTS = new Map<string, readonly [leaves: number, undoes: number]>([
  ...['CACHING', 'NO-EVICT', 'NO-TOUCH', 'SETINFO', 'SETNAME', 'TRACKING'].map((name) => [name, [Left.Session, 0]] as const),
  ['REPLY', [Left.Broken, 0]],
]);

const NO_EFFECT: readonly [number, number] = [0, 0];

/** What is left on a connection that had `left` after a command. */
export function leftAfter(left: number, [first, second]: readonly RedisArgument[]): number {
  const [leaves, undoes] = effectOf(first, second);
  return (left & ~undoes) | leaves;
}

function effectOf(first: RedisArgument | undefined, second: RedisArgument | undefined): readonly [number, number] {
  const name = upperCase(first);
  if (name === 'CLIENT') return CLIENT_EFFECTS.get(upperCase(second)) ?? NO_EFFECT;
  if (name === 'SCRIPT' && upperCase(second) === 'DEBUG') return [Left.Broken, 0];
  return EFFECTS.get(name) ?? NO_EFFECT;
}

function upperCase(word: RedisArgument | undefined): string {
  return typeof word === 'string' || Buffer.isBuffer(word) ? word.toString().toUpperCase() : '';
}

/** Methods of commands that leave something on the connection, by camel-case name. */
export const SESSION_METHODS = [
  'asking', 'auth', 'clientCaching', 'clientNoEvict', 'clientNoTouch', 'clientSetName', 'clientTracking', 'hello', 'readonly',
] as const;

/** Commands that wait although the server does not say so. */
const WAITING = new Set(['WAIT', 'WAITAOF']);

/** Commands that wait only if they say BLOCK. */
const MAY_WAIT = new Set(['XREAD', 'XREADGROUP']);

/** Whether a command waits for others by its name alone; `'sometimes'` when its arguments decide. */
export function waits(name: string): boolean | 'sometimes' {
  if (MAY_WAIT.has(name)) return 'sometimes';
  return isBlocking(name) || WAITING.has(name);
}

/** Whether a command needs a connection of its own: it waits, or changes the state of the connection. */
export function needsOwnConnection(words: readonly RedisArgument[]): boolean {
  return waitsWith(words) || effectOf(words[0], words[1]) !== NO_EFFECT;
}

/** The same for a command whose words are known up to its name. Inside MULTI nothing waits. */
export function nameNeedsOwnConnection(name: string, inTransaction: boolean): boolean {
  const upper = name.toUpperCase();
  const [first, second] = upper.split(' ');
  return (!inTransaction && waits(upper) !== false) || effectOf(first, second) !== NO_EFFECT;
}

function waitsWith(words: readonly RedisArgument[]): boolean {
  const name = upperCase(words[0]);
  const answer = waits(name);
  if (answer !== 'sometimes') return answer;
  for (const word of words) {
    const text = upperCase(word);
    if (text === 'STREAMS') return false;
    if (text === 'BLOCK') return true;
  }
  return false;
}
