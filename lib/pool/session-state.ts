/** Determines which commands need a connection of their own: blocking ones, and ones that change the session. */
import { Trait, traitsOf, traitsOfWords, upperCase } from '../commands/traits';
import type { RedisArgument } from '../wire/command-parser';

/** Session changes that a borrower may leave on a connection, as bits. */
export const enum Left {
  Nothing = 0,
  /** WATCH. Undone by UNWATCH. */
  Watch = 1,
  /** SELECT. Undone by selecting the configured database. */
  Database = 2,
  /** MULTI without EXEC. Undone by RESET. */
  Multi = 4,
  /** Another change of the session. Undone by RESET. */
  Session = 8,
  /** A change that cannot be undone on this connection. */
  Broken = 16,
}

/** Traits of commands that must not run on shared connections. */
const OWN = Trait.Watches | Trait.Unwatches | Trait.Selects | Trait.OpensMulti | Trait.ClosesMulti | Trait.ChangesSession | Trait.Breaks;

/** Returns the changes on a connection that had the changes `left`, after a command. */
export function leftAfter(left: number, words: readonly RedisArgument[]): number {
  const traits = traitsOfWords(words);
  if ((traits & OWN) === 0) return left;
  const has = (trait: number, left: number): number => ((traits & trait) !== 0 ? left : Left.Nothing);
  const undone = has(Trait.Unwatches, Left.Watch) | has(Trait.ClosesMulti, Left.Multi);
  return (left & ~undone) | has(Trait.Watches, Left.Watch) | has(Trait.Selects, Left.Database) | has(Trait.OpensMulti, Left.Multi)
    | has(Trait.ChangesSession, Left.Session) | has(Trait.Breaks, Left.Broken);
}

/** Camel-case names of the methods whose commands change the session. */
export const SESSION_METHODS = [
  'asking', 'auth', 'clientCaching', 'clientNoEvict', 'clientNoTouch', 'clientSetName', 'clientTracking', 'hello', 'readonly',
] as const;

/** Whether a command blocks, judged by its name; `'sometimes'` if its arguments decide. */
export function waits(name: string): boolean | 'sometimes' {
  const traits = traitsOf(name);
  return (traits & Trait.MayBlock) !== 0 ? 'sometimes' : (traits & Trait.Blocks) !== 0;
}

/** Whether a command needs a connection of its own, because it blocks or changes the session. */
export function needsOwnConnection(words: readonly RedisArgument[]): boolean {
  const traits = traitsOfWords(words);
  return (traits & (OWN | Trait.Blocks)) !== 0 || ((traits & Trait.MayBlock) !== 0 && saysBlock(words));
}

/** Like {@link needsOwnConnection}, for a command of which only the name is known. Commands do not block inside MULTI. */
export function nameNeedsOwnConnection(name: string, inTransaction: boolean): boolean {
  const waiting = inTransaction ? Trait.None : Trait.Blocks | Trait.MayBlock;
  return (traitsOf(name.toUpperCase()) & (OWN | waiting)) !== 0;
}

function saysBlock(words: readonly RedisArgument[]): boolean {
  for (const word of words) {
    const text = upperCase(word);
    if (text === 'STREAMS') return false;
    if (text === 'BLOCK') return true;
  }
  return false;
}
