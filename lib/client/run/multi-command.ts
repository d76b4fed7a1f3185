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

/** What runs the commands of a builder. */
export interface MultiTarget {
  readonly _keyPrefix: RedisArgument | undefined;
  _executeMulti(commands: readonly EncodedCommand[], selectedDB?: number): Promise<unknown[]>;
  _executePipeline(commands: readonly EncodedCommand[], selectedDB?: number): Promise<unknown[]>;
}

/**
 * Collects commands for `exec()` (a transaction: all or nothing, nobody in between) or `execAsPipeline()` (sent together). A builder
 * may be executed more than once. Arguments that a command cannot be built from throw at once; those that cannot be sent
 * (neither string nor Buffer) make the execution fail before anything runs.
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

  /** Selects a database inside the transaction; the client stays in it. */
  select(db: number, transformReply?: TransformReply): this {
    this.#selectedDB = Number(db);
    return this.addCommand(['SELECT', db.toString()], transformReply);
  }

  /** Adds raw words with the transform of their reply. Keys are not prefixed. */
  addCommand(args: readonly RedisArgument[], transformReply?: TransformReply): this {
    const encoder = beginEncoding();
    pushWords(encoder, args);
    const refusal = refusedInBuilder(args);
    if (refusal !== undefined) return this._fail(refusal);
    return this._add(encoder, transformReply === undefined ? undefined : { parseCommand: notParsed, transformReply });
  }

  /** Adds raw words. Their reply has no place in the tuple of `execTyped`. */
  sendCommand(args: readonly RedisArgument[]): this {
    return this.addCommand(args);
  }

  /**
   * Runs the commands as a transaction.
   *
   * @param execAsPipeline true runs them as {@link execAsPipeline} does
   * @returns the replies, in order
   * @throws (rejects) MultiErrorReply when commands failed, WatchError when a watched key changed, the server's error when it did not
   *   accept a command: nothing ran then
   */
  async exec<T extends MultiReply = 'generic'>(execAsPipeline = false): Promise<MultiReplyType<T, REPLIES>> {
    if (execAsPipeline) return this.execAsPipeline<T>();
    if (this.#failure !== undefined) throw this.#failure;
    return (await this.#target._executeMulti([...this.#commands], this.#selectedDB)) as MultiReplyType<T, REPLIES>;
  }

  /** `exec` with the type of every reply. */
  execTyped(execAsPipeline = false): Promise<REPLIES> {
    return this.exec<'typed'>(execAsPipeline);
  }

  /**
   * Sends the commands together, without MULTI and EXEC. Without commands it resolves to `[]` and sends nothing.
   *
   * @throws (rejects) the first error of a command; the others have run
   */
  async execAsPipeline<T extends MultiReply = 'generic'>(): Promise<MultiReplyType<T, REPLIES>> {
    if (this.#failure !== undefined) throw this.#failure;
    return (await this.#target._executePipeline([...this.#commands], this.#selectedDB)) as MultiReplyType<T, REPLIES>;
  }

  /** `execAsPipeline` with the type of every reply. */
  execAsPipelineTyped(): Promise<REPLIES> {
    return this.execAsPipeline<'typed'>();
  }

  /** @internal An encoder for the next command. */
  _begin(): CommandEncoder {
    return beginEncoding(this.#target._keyPrefix);
  }

  /** @internal Adds what was encoded. */
  _add(encoder: CommandEncoder, command: Command | undefined): this {
    try {
      this.#commands.push(takeEncoded(encoder, command));
    } catch (error) {
      this._fail(error);
    }
    return this;
  }

  /** @internal Lets the execution fail. */
  _fail(error: unknown): this {
    this.#failure ??= error;
    return this;
  }

  /** @internal Whether the script is new to this builder: then its text has to be sent. */
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

function notParsed(): void {
  // The words are encoded already.
}

const invocation: Invocation<RedisClientMultiCommand> = {
  begin: (multi) => multi._begin(),
  submit: (multi, encoder, command) => multi._add(encoder as CommandEncoder, command),
  refuse: (_multi, error) => {
    throw error;
  },
};

let hasCommands = false;

/** With the first builder, not with the module: many programs never make one. */
function addCommands(): void {
  hasCommands = true;
  const own = Object.getOwnPropertyDescriptors(prototype);
  attachCommands(prototype, COMMAND_TABLE, methodMaker(invocation));
  // What the builder does itself comes before a command of the same name.
  Object.defineProperties(prototype, own);
}

// Commands of namespaces run on the builder they belong to, and return it for chaining.
const namespaceMethod = methodMaker(onReceiver(invocation));

/** The builder class of clients with modules, functions or scripts. */
export function multiCommandClass(
  modules: RedisModules | undefined, functions: RedisFunctions | undefined, scripts: RedisScripts | undefined,
): typeof RedisClientMultiCommand {
  if (!modules && !functions && !scripts) return RedisClientMultiCommand;
  class ExtendedMultiCommand extends RedisClientMultiCommand {}
  if (modules) attachNamespaces(ExtendedMultiCommand.prototype, modules, namespaceMethod);
  if (functions) attachNamespaces(ExtendedMultiCommand.prototype, functionCommands(functions), namespaceMethod);
  if (scripts) attachNamed(ExtendedMultiCommand.prototype, scripts, (script) => scriptMethod(script as RedisScript));
  return ExtendedMultiCommand as typeof RedisClientMultiCommand;
}

/** EVAL the first time, which loads the script; EVALSHA from then on. */
function scriptMethod(script: RedisScript): Method {
  const { bySha, byText } = scriptCommands(script);
  return function (this: RedisClientMultiCommand, ...args: unknown[]): RedisClientMultiCommand {
    const command = this._isFirstUse(script.SHA1) ? byText : bySha;
    const encoder = this._begin();
    (command.parseCommand as (parser: CommandParser, ...args: unknown[]) => void)(encoder, ...args);
    return this._add(encoder, command);
  };
}
