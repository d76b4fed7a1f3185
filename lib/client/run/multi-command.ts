/** The builder that `multi()` returns. */
import { COMMAND_TABLE } from '../../commands';
import {
  attachCommands, attachNamed, attachNamespaces, methodMaker, onReceiver, type Invocation, type Method,
} from '../../commands/attach';
import { functionCommands } from '../../commands/function';
import { scriptCommands } from '../../commands/script';
import type { MultiReply, MultiReplyType } from '../../commands/multi-types';
import type { Command, RedisFunctions, RedisModules, RedisScript, RedisScripts, TransformReply } from '../../wire/command';
import type { CommandParser, RedisArgument } from '../../wire/command-parser';
import type { CommandEncoder } from '../../wire/encoder';
import type { EncodedCommand } from '../../wire/link-types';
import { beginEncoding, pushWords, takeEncoded } from '../encoding/encoded-command';
import { attachHImportRefusals, refusedInBuilder } from './himport';

/** The client or pool that runs the commands of a builder. */
export interface MultiTarget {
  readonly _keyPrefix: RedisArgument | undefined;
  _executeMulti(commands: readonly EncodedCommand[], selectedDB?: number): Promise<unknown[]>;
  _executePipeline(commands: readonly EncodedCommand[], selectedDB?: number): Promise<unknown[]>;
}

/**
 * Collects commands for `exec()` (a transaction: MULTI … EXEC, atomic and isolated) or `execAsPipeline()` (sent together). A builder
 * may be executed more than once. Arguments from which a command cannot be built throw at once. Arguments that are neither strings
 * nor Buffers make the execution reject before anything is sent.
 */
export class RedisClientMultiCommand<REPLIES extends unknown[] = []> {
  readonly #target: MultiTarget;
  readonly #commands: EncodedCommand[] = [];
  readonly #scripts = new Set<string>();
  #failure: unknown;
  #selectedDB: number | undefined;

  constructor(target: MultiTarget) {
    if (!hasCommands) addCommands();
    this.#target = target;
  }

  /** Adds SELECT. The client stays in the selected database after the execution. */
  select(db: number, transformReply?: TransformReply): this {
    this.#selectedDB = Number(db);
    return this.addCommand(['SELECT', db.toString()], transformReply);
  }

  /** Adds a command given as words, with a transform of its reply. `keyPrefix` is not applied. */
  addCommand(args: readonly RedisArgument[], transformReply?: TransformReply): this {
    const encoder = beginEncoding();
    pushWords(encoder, args);
    const refusal = refusedInBuilder(args);
    if (refusal !== undefined) return this._fail(refusal);
    return this._add(encoder, transformOnly(transformReply));
  }

  /** Adds a command given as words. The tuple type of `execTyped` does not include its reply. */
  sendCommand(args: readonly RedisArgument[]): this {
    return this.addCommand(args);
  }

  /**
   * Executes the commands as a transaction (MULTI … EXEC).
   *
   * @param execAsPipeline true to execute them like {@link execAsPipeline}
   * @returns the replies in order
   * @throws (rejects) MultiErrorReply if commands failed; WatchError if a watched key was changed; the server's error if it refused to
   *   queue a command, in which case no command was executed
   */
  async exec<T extends MultiReply = 'generic'>(execAsPipeline = false): Promise<MultiReplyType<T, REPLIES>> {
    if (execAsPipeline) return this.execAsPipeline<T>();
    if (this.#failure !== undefined) throw this.#failure;
    return (await this.#target._executeMulti([...this.#commands], this.#selectedDB)) as MultiReplyType<T, REPLIES>;
  }

  /** Like `exec`, with a tuple type of all replies. */
  execTyped(execAsPipeline = false): Promise<REPLIES> {
    return this.exec<'typed'>(execAsPipeline);
  }

  /**
   * Sends the commands together, without MULTI and EXEC. Without commands, sends nothing and resolves to `[]`.
   *
   * @throws (rejects) the first error of a command; the other commands were executed nevertheless
   */
  async execAsPipeline<T extends MultiReply = 'generic'>(): Promise<MultiReplyType<T, REPLIES>> {
    if (this.#failure !== undefined) throw this.#failure;
    return (await this.#target._executePipeline([...this.#commands], this.#selectedDB)) as MultiReplyType<T, REPLIES>;
  }

  /** Like `execAsPipeline`, with a tuple type of all replies. */
  execAsPipelineTyped(): Promise<REPLIES> {
    return this.execAsPipeline<'typed'>();
  }

  /** @internal Returns an encoder for the next command. */
  _begin(): CommandEncoder {
    return beginEncoding(this.#target._keyPrefix);
  }

  /** @internal Adds the encoded command. @param flags replace those that follow from its name */
  _add(encoder: CommandEncoder, command: Command | undefined, flags?: number): this {
    try {
      const encoded = takeEncoded(encoder, command);
      this.#commands.push(flags === undefined ? encoded : { ...encoded, flags });
    } catch (error) {
      this._fail(error);
    }
    return this;
  }

  /** @internal Makes the execution fail with this error. */
  _fail(error: unknown): this {
    this.#failure ??= error;
    return this;
  }

  /** @internal Whether the script is used in this builder for the first time, so that its source must be sent. */
  _isFirstUse(sha1: string): boolean {
    if (this.#scripts.has(sha1)) return false;
    this.#scripts.add(sha1);
    return true;
  }

  declare SELECT: RedisClientMultiCommand<REPLIES>['select'];
  declare EXEC: RedisClientMultiCommand<REPLIES>['exec'];
}

const { prototype } = RedisClientMultiCommand;
Object.defineProperty(prototype, 'SELECT', { value: prototype.select, configurable: true, writable: true });
Object.defineProperty(prototype, 'EXEC', { value: prototype.exec, configurable: true, writable: true });
attachHImportRefusals<RedisClientMultiCommand>(prototype, (multi, error) => multi._fail(error));

/** A command that has nothing but a transform of its reply, as its arguments are encoded already. */
export function transformOnly(transformReply: TransformReply | undefined): Command | undefined {
  return transformReply === undefined ? undefined : { parseCommand: notParsed, transformReply };
}

function notParsed(): void {
  // See above.
}

const invocation: Invocation<RedisClientMultiCommand> = {
  begin: (multi) => multi._begin(),
  submit: (multi, encoder, command) => multi._add(encoder as CommandEncoder, command),
  refuse: (_multi, error) => {
    throw error;
  },
};

let hasCommands = false;

/** Defines the command methods. Called with the first builder instead of at load time, as many programs never use one. */
function addCommands(): void {
  hasCommands = true;
  const own = Object.getOwnPropertyDescriptors(prototype);
  attachCommands(prototype, COMMAND_TABLE, methodMaker(invocation));
  // A method of the builder takes precedence over a command of the same name.
  Object.defineProperties(prototype, own);
}

// Commands of namespaces are added to the builder that the namespace belongs to, and return it for chaining.
const namespaceMethod = methodMaker(onReceiver(invocation));

/** Returns the builder class of clients with these modules, functions and scripts. @param base the class without them */
export function multiCommandClass(
  modules: RedisModules | undefined, functions: RedisFunctions | undefined, scripts: RedisScripts | undefined,
  base: typeof RedisClientMultiCommand = RedisClientMultiCommand,
): typeof RedisClientMultiCommand {
  if (!modules && !functions && !scripts) return base;
  class ExtendedMultiCommand extends base {}
  if (modules) attachNamespaces(ExtendedMultiCommand.prototype, modules, namespaceMethod);
  if (functions) attachNamespaces(ExtendedMultiCommand.prototype, functionCommands(functions), namespaceMethod);
  if (scripts) attachNamed(ExtendedMultiCommand.prototype, scripts, (script) => scriptMethod(script as RedisScript));
  return ExtendedMultiCommand as typeof RedisClientMultiCommand;
}

/** Returns the method of a script: sends EVAL at its first use in a builder, which loads the script, and EVALSHA afterwards. */
function scriptMethod(script: RedisScript): Method {
  const { bySha, byText } = scriptCommands(script);
  return function (this: RedisClientMultiCommand, ...args: unknown[]): RedisClientMultiCommand {
    const command = this._isFirstUse(script.SHA1) ? byText : bySha;
    const encoder = this._begin();
    (command.parseCommand as (parser: CommandParser, ...args: unknown[]) => void)(encoder, ...args);
    return this._add(encoder, command);
  };
}
