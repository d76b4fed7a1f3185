/**
 * How a command affects the connection that it runs on, and a client-side cache. This is the single table for caches,
 * pools and the state that is restored after a reconnect. Flags of the server (`metadata`) are combined with it.
 */
import { commandFlags } from '../wire/command-flags';
import type { RedisArgument } from '../wire/command-parser';
import { isBlocking, isReadOnly, mayWrite } from './metadata';

/** The traits, as bits. */
export const enum Trait {
  None = 0,
  /** May change the keys among its arguments. */
  Writes = 1,
  /** Changes all keys; the server may not send invalidations for them. */
  Flushes = 1 << 1,
  /** Waits for other clients, or for replicas. */
  Blocks = 1 << 2,
  /** Waits for other clients if it has the word BLOCK. */
  MayBlock = 1 << 3,
  Watches = 1 << 4,
  Unwatches = 1 << 5,
  Selects = 1 << 6,
  OpensMulti = 1 << 7,
  ClosesMulti = 1 << 8,
  /** Leaves state on the connection that only RESET removes. */
  ChangesSession = 1 << 9,
  /** Leaves state on the connection that nothing removes, so that nobody else can use the connection. */
  Breaks = 1 << 10,
  /** Sets how the reply to the next command is cached. */
  Caching = 1 << 11,
  /** After it, the server may no longer send invalidations. */
  Untracks = 1 << 12,
  /** Sets state that the client sets up again on its next connection. */
  Restored = 1 << 13,
  Authenticates = 1 << 14,
  Greets = 1 << 15,
  Quits = 1 << 16,
  Resets = 1 << 17,
  /** Reaches other clients, so that it must not be sent twice. */
  Publishes = 1 << 18,
}

const SESSION = Trait.ChangesSession;

/** By command name, with the second word if it matters. For reasons, see the page of the command on redis.io. */
const TABLE: readonly (readonly [name: string, traits: number])[] = [
  ['ASKING', SESSION],
  ['AUTH', SESSION | Trait.Authenticates],
  ['CLIENT CACHING', SESSION | Trait.Caching],
  ['CLIENT NO-EVICT', SESSION | Trait.Restored],
  ['CLIENT NO-TOUCH', SESSION | Trait.Restored],
  // After it, replies may be missing.
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
  ['PUBLISH', Trait.Publishes],
  ['QUIT', Trait.Breaks | Trait.Quits],
  ['READONLY', SESSION | Trait.Restored],
  ['READWRITE', SESSION | Trait.Restored],
  ['RESET', SESSION | Trait.Resets | Trait.Untracks],
  // The server stops scripts at breakpoints.
  ['SCRIPT DEBUG', Trait.Breaks],
  ['SELECT', Trait.Selects],
  ['SPUBLISH', Trait.Publishes],
  ['SSUBSCRIBE', SESSION],
  ['SUBSCRIBE', SESSION],
  // The server sends no invalidation for it.
  ['SWAPDB', Trait.Flushes],
  ['SYNC', Trait.Breaks],
  ['UNWATCH', Trait.Unwatches],
  // The server does not flag these as blocking.
  ['WAIT', Trait.Blocks],
  ['WAITAOF', Trait.Blocks],
  ['WATCH', Trait.Watches],
  ['XREAD', Trait.MayBlock],
  ['XREADGROUP', Trait.MayBlock],
];

/** Traits that do not follow from the server's flags, by name. */
const SPECIAL = new Map(TABLE);
/** Names whose second word matters. */
const CONTAINERS = new Set(TABLE.flatMap(([name]) => (name.includes(' ') ? [name.split(' ', 1)[0] as string] : [])));

/** Traits are cached for this many names; the number is limited because users can invent names. */
const MOST_KNOWN = 2000;
const known = new Map<string, number>();

/** Returns the traits of a command. @param name in upper case, with the second word if the command has one */
export function traitsOf(name: string): number {
  const found = known.get(name);
  if (found !== undefined) return found;
  const [first, second] = name.split(' ', 2) as [string, string | undefined];
  const special = SPECIAL.get(second !== undefined && CONTAINERS.has(first) ? `${first} ${second}` : first) ?? Trait.None;
  // The server also flags commands that block only with the word BLOCK.
  const blocks = (special & Trait.MayBlock) === 0 && isBlocking(name) ? Trait.Blocks : 0;
  const traits = special | blocks | (mayWrite(name) ? Trait.Writes : 0);
  if (known.size < MOST_KNOWN) known.set(name, traits);
  return traits;
}

/** A command with one of these is no mere read, even where a replica may run it: the engine would send reads twice, or elsewhere. */
const HAS_EFFECT = Trait.ChangesSession | Trait.Breaks | Trait.Publishes;

/** Flags by the name that was passed, in its letter case. */
const knownFlags = new Map<string, number>();

/**
 * Returns the flags that tell the engine about a command: whether it only reads, may block, or is answered by
 * acknowledgements of subscriptions.
 *
 * @param name in any letter case; the second word may be missing
 */
export function flagsOf(name: string): number {
  const found = knownFlags.get(name);
  if (found !== undefined) return found;
  const upper = name.toUpperCase();
  const traits = traitsOf(upper);
  const reads = isReadOnly(upper) && (traits & HAS_EFFECT) === 0;
  const flags = commandFlags(name, reads, (traits & (Trait.Blocks | Trait.MayBlock)) !== 0);
  if (knownFlags.size < MOST_KNOWN) knownFlags.set(name, flags);
  return flags;
}

/** Returns the traits of a command given as words, in any letter case. */
export function traitsOfWords(words: readonly (RedisArgument | undefined)[]): number {
  return traitsOf(nameOfWords(words));
}

/** Returns the name of a command in upper case, with the second word if it matters. */
function nameOfWords([first, second]: readonly (RedisArgument | undefined)[]): string {
  const name = upperCase(first);
  return CONTAINERS.has(name) ? `${name} ${upperCase(second)}` : name;
}

/** Returns a word in upper case; an empty string if it is not a word. */
export function upperCase(word: RedisArgument | undefined): string {
  return typeof word === 'string' || Buffer.isBuffer(word) ? word.toString().toUpperCase() : '';
}
