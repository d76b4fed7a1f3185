/** How a client runs commands, whatever they are: the base of `RedisClient`. */
import { EventEmitter } from 'node:events';
import { COMMAND_TABLE } from '../commands';
import { attachCommands, methodMaker, type Invocation } from '../commands/attach';
import { ClientClosedError, refusedCommand } from '../errors';
import type { Command } from '../wire/command';
import type { CommandParser, RedisArgument } from '../wire/command-parser';
import type { CommandEncoder } from '../wire/encoder';
import type { EncodedCommand, Link } from '../wire/link';
import type { ReplyUnion } from '../wire/resp-types';
import type { CommandCache } from './command-cache';
import { mergeCommandOptions, type CommandOptions } from './command-options';
import { Change, changeOf, type ConnectionState } from './connection-state';
import { pushWords } from './encoded-command';
import type { QueueLimits } from './queue-limits';

/**
 * A client or a proxy of one: proxies inherit from the client and carry other command options. State belongs to the client itself,
 * which proxies reach through `_self`.
 */
export abstract class ClientCore extends EventEmitter {
  /** @internal The client itself. */
  declare readonly _self: this;
  /** @internal Options of the commands that are run through this object. */
  declare readonly _commandOptions: CommandOptions;
  /** @internal Put in front of keys. */
  declare readonly _keyPrefix: RedisArgument | undefined;
  /** @internal The link in use. */
  declare _link: Link;
  /** @internal `undefined` when nothing is limited. */
  declare _limits: QueueLimits | undefined;
  /** @internal `undefined` without a cache. */
  declare readonly _cache: CommandCache | undefined;
  /** @internal What the user has changed on the connection. */
  declare readonly _state: ConnectionState;
  /** @internal Successful connections so far. */
  abstract readonly _epoch: number;
  /** @internal The database of commands that are sent now; `undefined` while it is being changed. */
  declare _database: number | undefined;
  /** @internal The client changes its database itself just now. */
  abstract readonly _isSelecting: boolean;
  abstract readonly isOpen: boolean;
  abstract readonly isReady: boolean;
  abstract readonly socketEpoch: number;

  /** @internal */
  protected constructor(commandOptions: CommandOptions, keyPrefix: RedisArgument | undefined, limits: QueueLimits | undefined) {
    super();
    define(this, {
      _self: this,
      _commandOptions: commandOptions,
      _keyPrefix: keyPrefix === undefined || keyPrefix === null || keyPrefix.length === 0 ? undefined : keyPrefix,
      _link: undefined,
      _limits: limits,
    });
  }

  /**
   * Sends a command that is given as words.
   *
   * @param args the command name and its arguments: strings and Buffers only, at least one
   * @param options over those of this client
   * @returns the reply as the server sent it, under the type mapping. Keys are not prefixed.
   */
  sendCommand<T = ReplyUnion>(args: readonly RedisArgument[], options?: CommandOptions): Promise<T> {
    return this._sendWords(args, undefined, mergeCommandOptions(this._commandOptions, options)) as Promise<T>;
  }

  /** @internal Sends words; `command` gives the reply transform. */
  _sendWords(
    args: readonly RedisArgument[], command?: Command, options: CommandOptions = this._commandOptions,
  ): Promise<unknown> {
    const encoder = this._self._link.begin();
    try {
      pushWords(encoder, args);
    } catch (error) {
      return Promise.reject(error);
    }
    const { _cache: cache, _state: state } = this._self;
    const reply = cache !== undefined
      ? cache.sendWords(this, encoder, args, command, options)
      : this._submit(encoder, command, options, args[0]?.toString());
    const change = changeOf(args[0]);
    return change === Change.None ? reply : state.watch(change, args, reply);
  }

  /** @internal Sends what was encoded. @param isWrite the cache was told of it */
  _submit(
    encoder: CommandEncoder, command: Command | undefined, options: CommandOptions, name?: string, isWrite = false,
  ): Promise<unknown> {
    const self = this._self;
    const link = self._link;
    if (!link.isOpen) return Promise.reject(refusedCommand(new ClientClosedError(), name ?? command?.name));
    if (self._limits !== undefined) {
      const refusal = refusalOf(link, self._limits, encoder, name ?? command?.name);
      if (refusal !== undefined) return Promise.reject(refusal);
    }
    return link.submit(encoder, command, options, name, isWrite);
  }

  /** @internal Sends a command that was encoded earlier. @throws Error when it may not be accepted */
  _submitEncoded(command: EncodedCommand, options: CommandOptions): Promise<unknown> {
    const { _link: link, _limits: limits } = this._self;
    const refusal = link.isOpen ? limits?.refusal(link, command.length) : undefined;
    if (refusal !== undefined) throw refusedCommand(refusal, command.name);
    return this._submitChain([command], options)[0] as Promise<unknown>;
  }

  /** @internal Sends commands that travel together. @throws Error when they may not be accepted */
  _submitChain(commands: readonly EncodedCommand[], options: CommandOptions): Promise<unknown>[] {
    const { _link: link, _limits: limits } = this._self;
    if (!link.isOpen) throw refusedCommand(new ClientClosedError(), commands[0]?.name);
    const bytes = limits === undefined ? 0 : commands.reduce((sum, command) => sum + command.length, 0);
    const refusal = limits?.chainRefusal(link, commands.length, bytes);
    if (refusal !== undefined) throw refusedCommand(refusal, commands[0]?.name);
    const replies = link.submitChain(commands, options);
    this._self._cache?.sentChain(this, commands, replies);
    return this._self._state.watchChain(commands, replies);
  }
}

/** Defines internals: they are no part of what `console.log` and `JSON.stringify` show of a client, which may hold a password. */
export function define(client: object, internals: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(internals)) {
    Object.defineProperty(client, name, { value, writable: true, enumerable: false, configurable: true });
  }
}

/** Asked for by clients with limits only. */
function refusalOf(link: Link, limits: QueueLimits, encoder: CommandEncoder, name: string | undefined): Error | undefined {
  let bytes: number;
  try {
    bytes = encoder.end();
  } catch (error) {
    return error as Error;
  }
  const refusal = limits.refusal(link, bytes);
  return refusal && refusedCommand(refusal, name);
}

function submitTyped(client: ClientCore, parser: CommandParser, command: Command): Promise<unknown> {
  const encoder = parser as CommandEncoder;
  const options = client._commandOptions;
  const cache = client._self._cache;
  return cache?.run(client, encoder, command, options) ?? client._submit(encoder, command, options);
}

/** How commands run on a client. */
export const clientInvocation: Invocation<ClientCore> = {
  begin: ({ _self: self }) => self._link.begin(self._keyPrefix),
  submit: submitTyped,
  refuse: (_client, error) => Promise.reject(error),
};

attachCommands(ClientCore.prototype, COMMAND_TABLE, methodMaker(clientInvocation));

/** How the commands run that change the connection. */
const changingInvocation: Invocation<ClientCore> = {
  ...clientInvocation,
  submit: (client, parser, command) => {
    const words = parser.redisArgs;
    const reply = submitTyped(client, parser, command);
    return client._self._state.watch(changeOf(words[0]), words, reply);
  },
};

const { auth, clientNoEvict, clientNoTouch, clientSetName, clientTracking, hello, readonly } = COMMAND_TABLE;
const CHANGING = { auth, clientNoEvict, clientNoTouch, clientSetName, clientTracking, hello, readonly };
attachCommands(ClientCore.prototype, CHANGING, methodMaker(changingInvocation));

const EMITTER_METHODS = [
  'addListener', 'on', 'once', 'prependListener', 'prependOnceListener', 'off', 'removeListener', 'removeAllListeners',
  'setMaxListeners', 'emit',
] as const;

/** Lets listeners belong to `_self`: an emitter method on a proxy would replace the table of listeners on the proxy only. */
export function keepListenersOnSelf(prototype: EventEmitter): void {
  for (const name of EMITTER_METHODS) {
    const method = EventEmitter.prototype[name] as (...args: unknown[]) => unknown;
    Object.defineProperty(prototype, name, {
      configurable: true,
      writable: true,
      value(this: { readonly _self?: unknown }, ...args: unknown[]): unknown {
        const self = this._self ?? this;
        const result = method.apply(self, args);
        return result === self ? this : result;
      },
    });
  }
}

keepListenersOnSelf(ClientCore.prototype);
