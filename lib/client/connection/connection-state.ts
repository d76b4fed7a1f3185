/**
 * Session state that the user's commands set on a connection. It is remembered when the server accepts it, and restored after a reconnect.
 */
import { isUtf8 } from 'node:buffer';
import { Trait, traitsOf, traitsOfWords, upperCase } from '../../commands/traits';
import { ErrorReply } from '../../errors';
import type { RedisArgument } from '../../wire/command-parser';
import { readArguments } from '../../wire/encoded-arguments';
import type { Link } from '../../wire/client-link';
import type { EncodedCommand } from '../../wire/link-types';
import type { BasicAuth } from '../options/credentials';
import { encodeWords } from '../encoding/encoded-command';

/** What a command changes in the session. */
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
  /** Ends a transaction; its reply tells whether the changes queued in it were made. */
  Exec,
  Discard,
}

/** The change of a command, by its first word. */
const CHANGES = new Map<string, Change>();

/** Maximum size of `CHANGES`, as users can send any number of different names. */
const KNOWN_NAMES = 2000;

const TRACKING_OFF = ['CLIENT', 'TRACKING', 'OFF'];

/** Returns what a command changes. @param name in upper or lower case, with or without a subcommand */
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
  // Its subcommand decides.
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

/** The client, as its {@link ConnectionState} sees it. */
export interface StateOwner {
  link(): Link;
  /** Whether the client itself enables the tracking of keys. `'always'`: a user's CLIENT TRACKING is not restored after a reconnect. */
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

/** The session state that the user of one client has set. */
export class ConnectionState {
  readonly #owner: StateOwner;
  /** Encoded commands that each handshake repeats, by what they set. */
  readonly #restored = new Map<string, readonly Buffer[]>();
  /** Changes queued in a transaction that the user sends as raw MULTI, commands and EXEC. */
  #queued: Noted[] = [];

  constructor(owner: StateOwner) {
    this.#owner = owner;
  }

  /** Notes a sent command that changes the session. @returns its reply */
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

  /** Notes a sent chain of commands. @returns their replies */
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

  /** Notes a sent transaction. The reply of EXEC tells which changes were made. @returns that reply */
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

  /** Passes the state to a new link, which restores it. */
  opened(): void {
    if (this.#restored.size > 0) this.#tell();
  }

  /** Forgets all changes, as the connection was reset deliberately. */
  forget(): void {
    this.#queued = [];
    if (this.#restored.size === 0) return;
    this.#restored.clear();
    this.#tell();
  }

  /** Forgets a command that the server refused in a handshake. @returns the name of the state that it was to set */
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
      // The elements cannot be assigned to the commands here, so the changes are noted only if nothing failed.
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

  /** Notes an AUTH with `[password]` or `[username, password]`. Words that are not UTF-8 cannot be kept as strings and are ignored. */
  #authenticated(words: readonly RedisArgument[]): void {
    if (!words.every((word) => typeof word === 'string' || isUtf8(word))) return;
    const [first, second] = words.map(String);
    this.#owner.authenticated(second === undefined ? { password: first } : { username: first, password: second });
  }

  /** Notes a `HELLO [version [AUTH username password] [SETNAME name]]`. */
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
    // The server allows a change of the tracking mode only while tracking is off.
    if (tracks !== 'always') this.#restore(name, ...(tracks ? [TRACKING_OFF, words] : [words]));
  }

  #restore(name: string, ...commands: (readonly RedisArgument[])[]): void {
    // Moves to the end: of conflicting commands the last one must win.
    this.#restored.delete(name);
    const encoded = commands.map((words) => encodeWords(words));
    // Commands with large arguments are not kept.
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
