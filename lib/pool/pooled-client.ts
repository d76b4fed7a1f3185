/** A client that is a member of a pool. It tracks the session changes of its borrowers and reports its events to the pool. */
import type { CommandOptions } from '../client/options/command-options';
import { define } from '../client/api/mixin';
import { RedisClient } from '../client/api/redis-client';
import type { MonitorCallback } from '../client/api/session-methods';
import { COMMAND_TABLE } from '../commands';
import type { Command } from '../wire/command';
import type { RedisArgument } from '../wire/command-parser';
import type { EncodedCommand } from '../wire/link-types';
import { Left, SESSION_METHODS, leftAfter } from './session-state';

/** The pool's member, as its client sees it. */
export interface ClientOwner {
  /** Called with each event of the client and its first argument. */
  happened(event: string, detail: unknown): void;
  /** Whether the pool has a listener for `error`. */
  hearsErrors(): boolean;
}

export class PooledClient extends RedisClient {
  /** @internal */
  declare _owner: ClientOwner;
  /** @internal Session changes that the next borrower would find, as bits of {@link Left}. */
  declare _left: number;

  /** @internal Sets the owner. Called right after the constructor, which takes the same arguments as for any client. */
  _belongsTo(owner: ClientOwner): void {
    define(this, { _owner: owner, _left: Left.Nothing });
  }

  /** @internal The session changes made so far, as bits of {@link Left}. */
  get _remains(): number {
    let left = this._left;
    if (this.isWatching || this.isDirtyWatch) left |= Left.Watch;
    if (this.isPubSubActive) left |= Left.Session;
    return left;
  }

  /** @internal */
  override _emit(event: string, ...args: unknown[]): void {
    const self = this._self;
    self._owner.happened(event, args[0]);
    if (event !== 'error' || self.listenerCount('error') > 0) super._emit(event, ...args);
  }

  /** @internal */
  override _hearsErrors(): boolean {
    return super._hearsErrors() || this._owner.hearsErrors();
  }

  /** @internal */
  override _sendWords(
    args: readonly RedisArgument[], command?: Command, options?: CommandOptions, isSelecting?: boolean,
  ): Promise<unknown> {
    const self = this._self;
    if (Array.isArray(args)) self._left = leftAfter(self._left, args as RedisArgument[]);
    return super._sendWords(args, command, options, isSelecting);
  }

  /** @internal */
  override async _executeMulti(commands: readonly EncodedCommand[], selectedDB?: number): Promise<unknown[]> {
    noteAll(this._self, commands, selectedDB);
    const replies = await super._executeMulti(commands, selectedDB);
    // Only the reply proves that the server has executed EXEC, which ends WATCH.
    this._self._left &= ~Left.Watch;
    return replies;
  }

  /** @internal */
  override _executePipeline(commands: readonly EncodedCommand[], selectedDB?: number): Promise<unknown[]> {
    noteAll(this._self, commands, selectedDB);
    return super._executePipeline(commands, selectedDB);
  }

  override monitor(callback: MonitorCallback): Promise<void> {
    this._self._left |= Left.Session;
    return super.monitor(callback);
  }

  override async reset(): Promise<void> {
    await super.reset();
    this._self._left = Left.Nothing;
  }
}

function noteAll(self: PooledClient, commands: readonly EncodedCommand[], selectedDB: number | undefined): void {
  let left = self._left;
  if (selectedDB !== undefined) left |= Left.Database;
  for (const { name } of commands) left = leftAfter(left, name.split(' '));
  self._left = left;
}

const { prototype } = PooledClient;
Object.defineProperty(prototype, 'MONITOR', { value: prototype.monitor, configurable: true, writable: true });

type Methods = Record<string, (...args: unknown[]) => unknown>;

for (const name of SESSION_METHODS) {
  const send = (RedisClient.prototype as unknown as Methods)[name] as Methods[string];
  const value = function (this: PooledClient, ...args: unknown[]): unknown {
    this._self._left |= Left.Session;
    return send.apply(this, args);
  };
  for (const word of [name, upperName(name)]) Object.defineProperty(prototype, word, { value, configurable: true, writable: true });
}

/** Returns the upper-case alias of a method. */
function upperName(name: (typeof SESSION_METHODS)[number]): string {
  return COMMAND_TABLE[name]?.upper ?? name;
}

/** Returns a proxy of the client with exactly these command options. */
export function withOptions<CLIENT extends PooledClient>(client: CLIENT, options: CommandOptions): CLIENT {
  return Object.create(client, { _commandOptions: { value: options } }) as CLIENT;
}
