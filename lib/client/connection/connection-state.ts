/** What commands of users change on a connection: remembered when the server agreed, and restored on the next one. */
import { isUtf8 } from 'node:buffer';
import { Trait, traitsOf, traitsOfWords, upperCase } from '../../commands/traits';
import { ErrorReply } from '../../errors';
import type { RedisArgument } from '../../wire/command-parser';
import { readArguments } from '../../wire/encoded-arguments';
import type { Link } from '../../wire/client-link';
import type { EncodedCommand } from '../../wire/link-types';
import type { BasicAuth } from '../options/credentials';
import { encodeWords } from '../encoding/encoded-command';

/** What a command changes, by its name. */
export const enum Change {
  None,
  Auth,
  Hello,
  Select,
  Client,
  /** READONLY and READWRITE. */
  Reads,
  Quit,
  Reset,
  /** The end of a transaction, which decides about what was queued in it. */
  Exec,
  Discard,
}

/** By the first word of a command. */
const CHANGES = new Map<string, Change>();

/** Names are remembered up to this many: users can make any number of them. */
const KNOWN_NAMES = 2000;

const TRACKING_OFF = ['CLIENT', 'TRACKING', 'OFF'];

/** What a command changes. @param name in any case of letters, with or without a subcommand */
export function changeOf(name: RedisArgument | undefined): Change {
  return CHANGES.get(name as string) ?? changeOfOther(name);
}

function changeOfOther(name: RedisArgument | undefined): Change {
  const text = typeof name === 'string' ? name : upperCase(name);
  const change = changeOfWord((text.split(' ', 1)[0] as string).toUpperCase());
  if (CHANGES.size < KNOWN_NAMES) CHANGES.set(text, change);
  return change;
}

function changeOfWord(word: string): Change {
  // Its second word decides.
  if (word === 'CLIENT') return Change.Client;
  const traits = traitsOf(word);
  const has = (trait: number): boolean => (traits & trait) !== 0;
  if (has(Trait.Selects)) return Change.Select;
  if (has(Trait.Authenticates)) return Change.Auth;
  if (has(Trait.Greets)) return Change.Hello;
  if (has(Trait.Restored)) return Change.Reads;
  if (has(Trait.Quits)) return Change.Quit;
  if (has(Trait.Resets)) return Change.Reset;
  if (has(Trait.ClosesMulti)) return word === 'EXEC' ? Change.Exec : Change.Discard;
  return Change.None;
}

/** Whose connection it is. */
export interface StateOwner {
  link(): Link;
  /** Whether the client itself sees to the tracking of keys; `'always'` when a user's own word on it does not outlive the connection. */
  tracks(): boolean | 'always';
  selected(database: number): void;
  authenticated(credentials: BasicAuth): void;
  /** QUIT was sent. */
  quit(): void;
  /** A raw RESET was answered. */
  wasReset(): void;
}

interface Noted {
  readonly change: Change;
  readonly words: readonly RedisArgument[];
}

/** The state of one client's connection, as far as its user has changed it. */
export class ConnectionState {
  readonly #owner: StateOwner;
  /** Commands that each handshake repeats, encoded, by what they set. */
  readonly #restored = new Map<string, readonly Buffer[]>();
  /** Changes in a transaction that the user makes of single commands. */
  #queued: Noted[] = [];

  constructor(owner: StateOwner) {
    this.#owner = owner;
  }

  /** A command with a change was sent. @returns its reply, for the caller */
  watch(change: Change, words: readonly RedisArgument[], reply: Promise<unknown>): Promise<unknown> {
    if (change === Change.Client && (traitsOfWords(words) & Trait.Restored) === 0) return reply;
    if (change === Change.Quit) {
      this.#owner.quit();
      return reply;
    }
    const noted = { change, words: [...words] };
    const ends = change === Change.Exec || change === Change.Discard;
    return reply.then(
      (value) => {
        this.#answered(noted, value);
        return value;
      },
      (error: unknown) => {
        if (ends) this.#queued = [];
        throw error;
      },
    );
  }

  /** Commands were sent together. @returns their replies, for the caller */
  watchChain(commands: readonly EncodedCommand[], replies: Promise<unknown>[]): Promise<unknown>[] {
    let watched = replies;
    const last = commands.length - 1;
    for (let i = 0; i <= last; i++) {
      const command = commands[i] as EncodedCommand;
      const change = changeOf(command.name);
      if (change === Change.None) continue;
      if (watched === replies) watched = [...replies];
      if (i === last && change === Change.Exec && commands[0]?.name === 'MULTI') {
        watched[i] = this.#watchTransaction(commands, replies[i] as Promise<unknown>);
      } else if (change === Change.Quit || commands[0]?.name !== 'MULTI' || commands[last]?.name !== 'EXEC') {
        watched[i] = this.watch(change, wordsOf(command), replies[i] as Promise<unknown>);
      }
    }
    return watched;
  }

  /** The replies of MULTI, some commands and EXEC are on their way: EXEC's tells what was done. */
  #watchTransaction(commands: readonly EncodedCommand[], reply: Promise<unknown>): Promise<unknown> {
    const noted: [index: number, Noted][] = [];
    for (let i = 1; i < commands.length - 1; i++) {
      const change = changeOf(commands[i]?.name);
      if (change !== Change.None) noted.push([i - 1, { change, words: wordsOf(commands[i] as EncodedCommand) }]);
    }
    if (noted.length === 0) return reply;
    return reply.then((results) => {
      if (Array.isArray(results)) {
        for (const [index, change] of noted) if (!(results[index] instanceof ErrorReply)) this.#done(change);
      }
      return results;
    });
  }

  /** There is another link: it restores the same. */
  opened(): void {
    if (this.#restored.size > 0) this.#tell();
  }

  /** The connection was reset, on purpose: what is configured counts again. */
  forget(): void {
    this.#queued = [];
    if (this.#restored.size === 0) return;
    this.#restored.clear();
    this.#tell();
  }

  /** The server does not let a command be repeated: it will not be. @returns what it was to set */
  refused(number: number): string {
    let first = 0;
    for (const [name, commands] of this.#restored) {
      first += commands.length;
      if (number >= first) continue;
      this.#restored.delete(name);
      this.#tell();
      return name;
    }
    return 'command';
  }

  #answered(noted: Noted, reply: unknown): void {
    const { change } = noted;
    if (change === Change.Discard) this.#queued = [];
    else if (change === Change.Exec) {
      const queued = this.#queued;
      this.#queued = [];
      // Which element belongs to which command is not known here: only if nothing failed.
      if (Array.isArray(reply) && !reply.some((element) => element instanceof ErrorReply)) {
        for (const one of queued) this.#done(one);
      }
    } else if (isQueued(reply)) this.#queued.push(noted);
    else this.#done(noted);
  }

  #done({ change, words }: Noted): void {
    switch (change) {
      case Change.Auth: return this.#authenticated(words.slice(1));
      case Change.Hello: return this.#greeted(words);
      case Change.Select: return this.#owner.selected(Number(words[1]?.toString()));
      case Change.Client: return this.#set(upperCase(words[1]), words);
      case Change.Reads: return this.#restore('READONLY', words);
      case Change.Reset: return this.#owner.wasReset();
      default:
    }
  }

  /** `[password]` or `[username, password]`. What is no text cannot be sent again. */
  #authenticated(words: readonly RedisArgument[]): void {
    if (!words.every((word) => typeof word === 'string' || isUtf8(word))) return;
    const [first, second] = words.map(String);
    this.#owner.authenticated(second === undefined ? { password: first } : { username: first, password: second });
  }

  /** `HELLO [version [AUTH username password] [SETNAME name]]`. */
  #greeted(words: readonly RedisArgument[]): void {
    for (let i = 2; i < words.length; i++) {
      const word = upperCase(words[i]);
      if (word === 'AUTH') {
        this.#authenticated(words.slice(i + 1, i + 3));
        i += 2;
      } else if (word === 'SETNAME' && words[i + 1] !== undefined) {
        this.#set('SETNAME', ['CLIENT', 'SETNAME', words[++i] as RedisArgument]);
      }
    }
  }

  #set(setting: string, words: readonly RedisArgument[]): void {
    const name = `CLIENT ${setting}`;
    if (setting !== 'TRACKING') return this.#restore(name, words);
    const tracks = this.#owner.tracks();
    // Modes can only be changed where tracking is off.
    if (tracks !== 'always') this.#restore(name, ...(tracks ? [TRACKING_OFF, words] : [words]));
  }

  #restore(name: string, ...commands: (readonly RedisArgument[])[]): void {
    // Behind what was set before: the last word counts.
    this.#restored.delete(name);
    const encoded = commands.map((words) => encodeWords(words));
    // Words that large are not kept.
    if (encoded.every(({ larges }) => larges === undefined)) this.#restored.set(name, encoded.map(({ bytes }) => bytes));
    this.#tell();
  }

  #tell(): void {
    this.#owner.link().setRestored([...this.#restored.values()].flat());
  }
}

function wordsOf({ bytes, larges = [] }: EncodedCommand): RedisArgument[] {
  const isText = isUtf8(bytes);
  const count = Number(bytes.toString('latin1', 1, bytes.indexOf('\r')));
  const binary = isText ? [] : Array.from({ length: count }, (_, index) => index);
  return readArguments(bytes, bytes.indexOf('\n') + 1, binary, larges);
}

function isQueued(reply: unknown): boolean {
  return (typeof reply === 'string' || Buffer.isBuffer(reply)) && reply.toString() === 'QUEUED';
}
