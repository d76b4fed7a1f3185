/** The callback API of node_redis 3, on top of a client. */
import { COMMAND_TABLE } from '../../commands';
import { throwUncaught } from '../../uncaught';
import type { Command } from '../../wire/command';
import type { RedisArgument } from '../../wire/command-parser';
import type { EncodedCommand } from '../../wire/link-types';
import { isDate } from '../../wire/realms';
import type { BuiltInCommands } from '../../commands';
import { encodeWords } from '../encoding/encoded-command';

export type LegacyArgument = string | Buffer | number | Date;
export type LegacyArguments = (LegacyArgument | LegacyArguments)[];
/** Called once, with the error or the reply. */
export type LegacyCallback = (error: Error | null, reply?: unknown) => unknown;
/** Arguments, arbitrarily nested in arrays, and optionally a callback. */
export type LegacyCommandArguments = LegacyArguments | [...args: LegacyArguments, callback: LegacyCallback];

/** What the callback API needs of a client. Declared here because the published types do not contain internals. */
interface LegacyTarget {
  quit(): Promise<unknown>;
  _sendWords(words: readonly RedisArgument[], command?: Command): Promise<unknown>;
  _report(event: string, ...args: unknown[]): void;
  _executeMulti(commands: readonly EncodedCommand[]): Promise<unknown[]>;
}

/** A method per command, with the command's name. */
type LegacyMethods<RESULT> = { [P in keyof BuiltInCommands]: (...args: LegacyCommandArguments) => RESULT };

export type RedisLegacyClientType = RedisLegacyClient & LegacyMethods<void>;
export interface RedisLegacyMultiType extends RedisLegacyMulti, LegacyMethods<RedisLegacyMultiType> {}

/** A client with callbacks. If a call without a callback fails, the client emits `error`. */
export class RedisLegacyClient {
  readonly #client: LegacyTarget;

  constructor(client: LegacyTarget) {
    this.#client = client;
  }

  /** Sends a command given as words, optionally with a callback as the last argument. */
  sendCommand(...args: LegacyCommandArguments): void {
    const { words, callback } = splitArguments(args);
    this.#run(this.#client._sendWords(words), callback);
  }

  /** Closes the client after the commands that were sent before have finished. */
  quit(callback?: LegacyCallback): void {
    this.#run(this.#client.quit(), callback);
  }

  /** Collects commands for a transaction. */
  multi(): RedisLegacyMultiType {
    return new RedisLegacyMulti(this.#client, (reply, callback) => this.#run(reply, callback)) as RedisLegacyMultiType;
  }

  /** @internal */
  _send(command: Command, words: RedisArgument[], callback: LegacyCallback | undefined): void {
    this.#run(this.#client._sendWords(words, command), callback);
  }

  #run(reply: Promise<unknown>, callback: LegacyCallback | undefined): void {
    const client = this.#client;
    reply.then(
      (value) => callback && outside(() => callback(null, value)),
      (error: Error) => {
        if (callback) outside(() => callback(error));
        else client._report('error', error);
      },
    );
  }
}

type Run = (reply: Promise<unknown>, callback: LegacyCallback | undefined) => void;

/** Commands of a transaction. */
export class RedisLegacyMulti {
  readonly #client: LegacyTarget;
  readonly #run: Run;
  readonly #commands: EncodedCommand[] = [];
  #failure: unknown;

  constructor(client: LegacyTarget, run: Run) {
    this.#client = client;
    this.#run = run;
  }

  /** Adds a command given as words. */
  sendCommand(...args: LegacyArguments): this {
    return this._add(undefined, splitArguments(args).words);
  }

  /** Runs the transaction; the callback gets the replies. */
  exec(callback?: LegacyCallback): void {
    const failure = this.#failure;
    this.#run(failure === undefined ? this.#client._executeMulti([...this.#commands]) : Promise.reject(failure), callback);
  }

  /** @internal */
  _add(command: Command | undefined, words: RedisArgument[]): this {
    try {
      this.#commands.push(encodeWords(words, command));
    } catch (error) {
      this.#failure ??= error;
    }
    return this;
  }
}

let attached = false;

/** The callback API of a client. */
export function legacyClient(client: LegacyTarget): RedisLegacyClientType {
  if (!attached) attachMethods();
  attached = true;
  return new RedisLegacyClient(client) as RedisLegacyClientType;
}

function attachMethods(): void {
  for (const [name, row] of Object.entries(COMMAND_TABLE)) {
    const command = rawUnlessTransformed(row as Command);
    for (const word of new Set([name, row.upper])) {
      define(RedisLegacyClient.prototype, word, function (this: RedisLegacyClient, ...args: LegacyCommandArguments) {
        const { words, callback } = splitArguments(args);
        this._send(command, [word, ...words], callback);
      });
      define(RedisLegacyMulti.prototype, word, function (this: RedisLegacyMulti, ...args: LegacyArguments) {
        return this._add(command, [word, ...splitArguments(args).words]);
      });
    }
  }
}

function define(prototype: object, name: string, value: unknown): void {
  if (!Object.hasOwn(prototype, name)) Object.defineProperty(prototype, name, { value, configurable: true, writable: true });
}

/** Returns the command without its reply transform, except the few commands that returned objects in node_redis 3 too. */
function rawUnlessTransformed(command: Command): Command {
  return { ...command, transformReply: command.TRANSFORM_LEGACY_REPLY ? command.transformReply : undefined };
}

function splitArguments(args: LegacyCommandArguments): { words: RedisArgument[]; callback: LegacyCallback | undefined } {
  const last = args[args.length - 1];
  const callback = typeof last === 'function' ? (last as LegacyCallback) : undefined;
  const words: RedisArgument[] = [];
  pushWords(words, (callback ? args.slice(0, -1) : args) as LegacyArguments);
  return { words, callback };
}

/** Converts numbers and Dates to strings. The encoder accepts or refuses all other values. */
function pushWords(words: RedisArgument[], args: LegacyArguments): void {
  for (const arg of args) {
    if (Array.isArray(arg)) pushWords(words, arg);
    else words.push(typeof arg === 'number' || isDate(arg) ? arg.toString() : (arg as RedisArgument));
  }
}

/** Turns an exception of a callback into an uncaught exception, as no promise belongs to it. */
function outside(call: () => unknown): void {
  try {
    call();
  } catch (error) {
    throwUncaught(error);
  }
}
