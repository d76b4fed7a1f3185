/** The methods of a client that change its session (SELECT, WATCH, MONITOR, RESET), for `mixIn`. */
import { ClientClosedError, refusedCommand } from '../../errors';
import type { Command } from '../../wire/command';
import { prefixKeys, type RedisArgument, type RedisVariadicArgument } from '../../wire/command-parser';
import { RESP_TYPES, type ReplyWithTypeMapping, type SimpleStringReply, type TypeMapping } from '../../wire/resp-types';
import type { CommandOptions } from '../options/command-options';
import { forgetSession } from '../run/himport';
import type { Runner } from '../run/runner';
import type { WatchState } from '../run/watch';
import type { ClientLife } from './client-life';
import { aliasUpperCase } from './mixin';

/** Called with each line of MONITOR. */
export type MonitorCallback<TYPE_MAPPING extends TypeMapping = TypeMapping> =
  (line: ReplyWithTypeMapping<SimpleStringReply, TYPE_MAPPING>) => unknown;

/** The client itself, as these methods see it. */
interface SessionClient {
  readonly _self: SessionClient;
  readonly _life: ClientLife;
  readonly _runner: Runner;
  readonly _watch: WatchState;
  readonly _keyPrefix: RedisArgument | undefined;
  readonly isOpen: boolean;
  readonly isPubSubActive: boolean;
  readonly isWatching: boolean;
  readonly isDirtyWatch: boolean;
  reset(): Promise<void>;
}

export abstract class SessionMethods<TYPE_MAPPING extends TypeMapping> {
  /** @internal */
  declare readonly _self: SessionClient;
  /** @internal */
  declare readonly _commandOptions: CommandOptions;

  /** @internal */
  abstract _sendWords(
    args: readonly RedisArgument[], command?: Command, options?: CommandOptions, isSelecting?: boolean,
  ): Promise<unknown>;

  /** Whether keys are watched: the next `multi().exec()` fails if they were changed. */
  get isWatching(): boolean {
    return this._self._watch.isWatching;
  }

  /** Whether `setDirtyWatch` was called, so that the next `multi().exec()` fails. */
  get isDirtyWatch(): boolean {
    return this._self._watch.isDirty;
  }

  /** Makes the next `multi().exec()` fail with a `WatchError` with this message. */
  setDirtyWatch(message: string): void {
    this._self._watch.setDirty(message);
  }

  /** Selects a database (SELECT). It is selected again after a reconnect. */
  async select(db: number): Promise<void> {
    await this._self._life.database.change(() => this._sendWords(['SELECT', db.toString()], undefined, this._commandOptions, true));
  }

  /** Watches keys (WATCH): the next `multi().exec()` fails with a `WatchError` if they were changed meanwhile. */
  async watch(key: RedisVariadicArgument): Promise<'OK'> {
    const self = this._self;
    const reply = await this._sendWords(['WATCH', ...prefixKeys(self._keyPrefix, key)]);
    self._watch.watched(self._runner.epoch);
    return reply as 'OK';
  }

  /** Ends watching all keys (UNWATCH). */
  async unwatch(): Promise<'OK'> {
    const reply = await this._sendWords(['UNWATCH']);
    this._self._watch.forget();
    return reply as 'OK';
  }

  /**
   * Receives every command that the server executes as a line of text (MONITOR), also after reconnects. `reset()` ends it.
   *
   * @param callback called with lines such as `1700000000.0 [0 127.0.0.1:5] "GET" "k"`; Buffers if simple strings are mapped to them
   */
  async monitor(callback: MonitorCallback<TYPE_MAPPING>): Promise<void> {
    const asBuffer = this._commandOptions.typeMapping?.[RESP_TYPES.SIMPLE_STRING] === Buffer;
    const onLine = callback as (line: string | Buffer) => unknown;
    await this._self._life.monitor(asBuffer ? onLine : (line: Buffer) => onLine(line.toString()));
  }

  /**
   * Restores the state that the connection had after connecting (RESET): ends subscriptions, MONITOR and WATCH, selects the
   * configured database, authenticates again.
   */
  async reset(): Promise<void> {
    const self = this._self;
    if (!self.isOpen) throw refusedCommand(new ClientClosedError(), 'RESET');
    forgetSession(self);
    await self._life.reset();
  }

  /** Calls `reset()` and warns if another database, a subscription, MONITOR or WATCH is active; else returns `undefined`. */
  resetIfDirty(): Promise<void> | undefined {
    const self = this._self;
    const remains = [
      self._life.database.isElsewhere && 'SELECT',
      self._life.isMonitoring && 'MONITOR',
      self.isPubSubActive && 'pub/sub',
      (self.isWatching || self.isDirtyWatch) && 'WATCH',
    ].filter(Boolean);
    if (remains.length === 0) return undefined;
    console.warn(`Returning a client with state left over from ${remains.join(', ')}: it is reset`);
    return self.reset();
  }

  declare SELECT: SessionMethods<TYPE_MAPPING>['select'];
  declare WATCH: SessionMethods<TYPE_MAPPING>['watch'];
  declare UNWATCH: SessionMethods<TYPE_MAPPING>['unwatch'];
  declare MONITOR: SessionMethods<TYPE_MAPPING>['monitor'];
}

aliasUpperCase(SessionMethods.prototype, ['select', 'watch', 'unwatch', 'monitor']);
