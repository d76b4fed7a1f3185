/** Commands that change the state of a connection, and commands that wait: they need a connection of their own. */
import { Trait, traitsOf, traitsOfWords, upperCase } from '../commands/traits';
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

/** What keeps a command from connections that others use. */
const OWN = Trait.Watches | Trait.Unwatches | Trait.Selects | Trait.OpensMulti | Trait.ClosesMulti | Trait.ChangesSession | Trait.Breaks;

/** What is left on a connection that had `left` after a command. */
export function leftAfter(left: number, words: readonly RedisArgument[]): number {
  const traits = traitsOfWords(words);
  if ((traits & OWN) === 0) return left;
  const has = (trait: number, left: number): number => ((traits & trait) !== 0 ? left : Left.Nothing);
  const undone = has(Trait.Unwatches, Left.Watch) | has(Trait.ClosesMulti, Left.Multi);
  return (left & ~undone) | has(Trait.Watches, Left.Watch) | has(Trait.Selects, Left.Database) | has(Trait.OpensMulti, Left.Multi)
    | has(Trait.ChangesSession, Left.Session) | has(Trait.Breaks, Left.Broken);
}

/** Methods of commands that leave something on the connection, by camel-case name. */
export const SESSION_METHODS = [
  'asking', 'auth', 'clientCaching', 'clientNoEvict', 'clientNoTouch', 'clientSetName', 'clientTracking', 'hello', 'readonly',
] as const;

/** Whether a command waits for others by its name alone; `'sometimes'` when its arguments decide. */
export function waits(name: string): boolean | 'sometimes' {
  const traits = traitsOf(name);
  return (traits & Trait.MayBlock) !== 0 ? 'sometimes' : (traits & Trait.Blocks) !== 0;
}

/** Whether a command needs a connection of its own: it waits, or changes the state of the connection. */
export function needsOwnConnection(words: readonly RedisArgument[]): boolean {
  const traits = traitsOfWords(words);
  return (traits & (OWN | Trait.Blocks)) !== 0 || ((traits & Trait.MayBlock) !== 0 && saysBlock(words));
}

/** The same for a command whose words are known up to its name. Inside MULTI nothing waits. */
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
