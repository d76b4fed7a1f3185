/**
 * What a command does to the connection that it runs on, and to a client-side cache. One table for all who ask: caches, pools, and
 * the state that outlives a connection. Flags of the server (`metadata`) are looked up beside it.
 */
import { commandFlags } from '../wire/command-flags';
import type { RedisArgument } from '../wire/command-parser';
import { isBlocking, isReadOnly, mayWrite } from './metadata';

/** Bits. */
export const enum Trait {
  None = 0,
  /** May change the keys among its arguments. */
  Writes = 1,
  /** Changes all keys, which the server may not announce. */
  Flushes = 1 << 1,
  /** Waits for other clients, or for replicas. */
  Blocks = 1 << 2,
  /** The same if it has the word BLOCK. */
  MayBlock = 1 << 3,
  Watches = 1 << 4,
  Unwatches = 1 << 5,
  Selects = 1 << 6,
  OpensMulti = 1 << 7,
  ClosesMulti = 1 << 8,
  /** Leaves something on the connection that only RESET undoes. */
  ChangesSession = 1 << 9,
  /** Leaves something that nothing undoes: the connection is of no use for others. */
  Breaks = 1 << 10,
  /** Says how the reply to the next command is cached. */
  Caching = 1 << 11,
  /** Afterwards it is not known whether the server tells of changes. */
  Untracks = 1 << 12,
  /** Sets something that the client repeats on its next connection. */
  Restored = 1 << 13,
  Authenticates = 1 << 14,
  Greets = 1 << 15,
  Quits = 1 << 16,
  Resets = 1 << 17,
}

const SESSION = Trait.ChangesSession;

/** By name, with the second word where it makes a difference. Reasons: redis.io, page of the command. */
const TABLE: readonly (readonly [name: string, traits: number])[] = [
  ['ASKING', SESSION],
  ['AUTH', SESSION | Trait.Authenticates],
  ['CLIENT CACHING', SESSION | Trait.Caching],
  ['CLIENT NO-EVICT', SESSION | Trait.Restored],
  ['CLIENT NO-TOUCH', SESSION | Trait.Restored],
  // Replies may be missing from here on.
  ['CLIENT REPLY', Trait.Breaks | Trait.Untracks],
  ['CLIENT SETINFO', SESSION],
  ['CLIENT SETNAME', SESSION | Trait.Restored],
  ['CLIENT TRACKING', SESSION | Trait.Restored | Trait.Untracks],
  ['DISCARD', Trait.ClosesMulti | Trait.Unwatches],
  ['EXEC', Trait.ClosesMulti | Trait.Unwatches],
  ['FLUSHALL', Trait.Flushes],
  ['FLUSHDB', Trait.Flushes],
  ['HELLO', SESSION | Trait.Greets | Trait.Untracks],
  ['MONITOR', Trait.Breaks],
  ['MULTI', Trait.OpensMulti],
  ['PSUBSCRIBE', SESSION],
  ['PSYNC', Trait.Breaks],
  ['QUIT', Trait.Breaks | Trait.Quits],
  ['READONLY', SESSION | Trait.Restored],
  ['READWRITE', SESSION | Trait.Restored],
  ['RESET', SESSION | Trait.Resets | Trait.Untracks],
  // The server stops at breakpoints.
  ['SCRIPT DEBUG', Trait.Breaks],
  ['SELECT', Trait.Selects],
  ['SSUBSCRIBE', SESSION],
  ['SUBSCRIBE', SESSION],
  // The server does not announce it at all.
  ['SWAPDB', Trait.Flushes],
  ['SYNC', Trait.Breaks],
  ['UNWATCH', Trait.Unwatches],
  // The server does not call these blocking.
  ['WAIT', Trait.Blocks],
  ['WAITAOF', Trait.Blocks],
  ['WATCH', Trait.Watches],
  ['XREAD', Trait.MayBlock],
  ['XREADGROUP', Trait.MayBlock],
];

/** What the server's flags do not say, by name. */
const SPECIAL = new Map(TABLE);
/** First words whose second word decides. */
const CONTAINERS = new Set(TABLE.flatMap(([name]) => (name.includes(' ') ? [name.split(' ', 1)[0] as string] : [])));

/** Names are remembered up to this many: users can make any number of them. */
const MOST_KNOWN = 2000;
const known = new Map<string, number>();

/** The traits of a command. @param name in upper case, with the second word if the command has one */
export function traitsOf(name: string): number {
  const found = known.get(name);
  if (found !== undefined) return found;
  const [first, second] = name.split(' ', 2) as [string, string | undefined];
  const special = SPECIAL.get(second !== undefined && CONTAINERS.has(first) ? `${first} ${second}` : first) ?? Trait.None;
  // A command that only may block is flagged as one that does.
  const blocks = (special & Trait.MayBlock) === 0 && isBlocking(name) ? Trait.Blocks : 0;
  const traits = special | blocks | (mayWrite(name) ? Trait.Writes : 0);
  if (known.size < MOST_KNOWN) known.set(name, traits);
  return traits;
}

/** Flags by name as it was given. */
const knownFlags = new Map<string, number>();

/**
 * What the engine is told of a command, as flags of the boundary: whether it reads only, may wait, or is answered by
 * acknowledgements.
 *
 * @param name in any case of letters; the second word may be missing
 */
export function flagsOf(name: string): number {
  const found = knownFlags.get(name);
  if (found !== undefined) return found;
  const upper = name.toUpperCase();
  const flags = commandFlags(name, isReadOnly(upper), (traitsOf(upper) & (Trait.Blocks | Trait.MayBlock)) !== 0);
  if (knownFlags.size < MOST_KNOWN) knownFlags.set(name, flags);
  return flags;
}

/** The traits of a command that is given as words, in any case of letters. */
export function traitsOfWords(words: readonly (RedisArgument | undefined)[]): number {
  return traitsOf(nameOfWords(words));
}

/** The name of a command in upper case, with the second word where it makes a difference. */
function nameOfWords([first, second]: readonly (RedisArgument | undefined)[]): string {
  const name = upperCase(first);
  return CONTAINERS.has(name) ? `${name} ${upperCase(second)}` : name;
}

/** A word of a command in upper case; nothing for what is no word. */
export function upperCase(word: RedisArgument | undefined): string {
  return typeof word === 'string' || Buffer.isBuffer(word) ? word.toString().toUpperCase() : '';
}
