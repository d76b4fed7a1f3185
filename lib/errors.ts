/**
 * Errors of the client and of the server.
 *
 * Classes, messages and own enumerable properties are those of npm `redis`, and `.name` stays `'Error'`. In addition,
 * every error has `code`, `command` and `phase`, and errors of the server have `kind` and `retry`. These are getters of
 * the prototype, so `deepEqual` and `JSON` do not see them. `instanceof` also recognises the errors of other copies of
 * this package.
 */

import { inspect, types } from 'node:util';
import { brand } from './error-brands';
import { codeOf, kindOf, retryOf, type RetryVerdict, type ServerErrorKind } from './server-errors';

/** Where a command was when it failed: waiting in the client, or sent to the server (which may have executed it). */
export type CommandPhase = 'queued' | 'written';

/** Details of a failed command. */
export interface ErrorDetails {
  /** Name of the command, such as `HSET`; never its arguments. */
  command?: string;
  phase?: CommandPhase;
  cause?: unknown;
}

/**
 * What `console.log` shows of an error: the usual output, followed by its details, which `Object.keys`, `JSON` and
 * `deepEqual` do not see. It returns an error that Node formats, so that depth, colours and circular references work as
 * usual.
 */
function shown(this: Error, depth?: number): Error {
  if (standIns.has(this)) return this;
  if (depth !== undefined && depth < 0) return withoutDetails(this);
  const standIn = standInOf.get(this) ?? newStandIn(this);
  for (const key of Reflect.ownKeys(this)) {
    if (key !== 'stack' && key !== inspect.custom) {
      Object.defineProperty(standIn, key, Object.getOwnPropertyDescriptor(this, key) as PropertyDescriptor);
    }
  }
  define(standIn, 'stack', this.stack);
  for (const key of ['code', 'command', 'phase', 'slot', 'node', 'attempts', 'redirectedTo'] as const) {
    const value = (this as Error & Partial<Record<typeof key, unknown>>)[key];
    if (value !== undefined) define(standIn, key, value, true);
  }
  return standIn;
}

/** Beyond the depth that is shown, Node writes an error with details as its class alone; without them it shows the message. */
function withoutDetails(error: Error): Error {
  const standIn = new Error();
  Object.setPrototypeOf(standIn, Object.getPrototypeOf(error) as object);
  define(standIn, 'message', error.message);
  define(standIn, 'stack', error.stack);
  standIns.add(standIn);
  return standIn;
}

/** Stand-ins by error, so that an error that contains itself is recognised. */
const standInOf = new WeakMap<Error, Error>();
const standIns = new WeakSet<Error>();

/** Creates an error of the same class without calling the constructor, which may need arguments. */
function newStandIn(error: Error): Error {
  const standIn = new Error();
  Object.setPrototypeOf(standIn, Object.getPrototypeOf(error) as object);
  standInOf.set(error, standIn);
  standIns.add(standIn);
  return standIn;
}

/** Base class of all errors of this package; not exported. */
export abstract class ClientError extends Error {
  /** Stable code of the class. */
  static readonly code: string = 'OXREDIS_ERROR';

  #command: string | undefined;
  #phase: CommandPhase | undefined;

  /** Of a command of a cluster: the hash slot of its keys. */
  declare readonly slot?: number;
  /** Of a command of a cluster: `host:port` of the node that gave the error, or that it was sent to or waited for. */
  declare readonly node?: string;
  /** Of a command of a cluster: how often it was sent, or refused by a node. */
  declare readonly attempts?: number;
  /** Of a command of a cluster: `host:port` of the node that it was redirected to last. */
  declare readonly redirectedTo?: string;

  /**
   * `OXREDIS_…` for errors of the client; for errors of the server, the first word of the message (`WRONGTYPE`,
   * `NOAUTH`, `ERR`, …).
   */
  get code(): string | undefined {
    return (this.constructor as typeof ClientError).code;
  }

  set code(value: string | undefined) {
    define(this, 'code', value, true);
  }

  /** Name of the command that failed; `undefined` if the error belongs to no command. */
  get command(): string | undefined {
    return #command in this ? this.#command : undefined;
  }

  set command(value: string | undefined) {
    this.#command = value;
  }

  /** Where the command was when it failed. */
  get phase(): CommandPhase | undefined {
    return #phase in this ? this.#phase : undefined;
  }

  set phase(value: CommandPhase | undefined) {
    this.#phase = value;
  }
}

define(ClientError.prototype, inspect.custom, shown);

/**
 * Adds details of the failed command to any error, in properties that `deepEqual` does not see, and returns it. Keeps
 * an existing `cause`.
 */
export function describeError<E extends Error>(error: E, details: ErrorDetails): E {
  if (error instanceof ClientError) {
    if (details.command !== undefined) error.command = details.command;
    if (details.phase !== undefined) error.phase = details.phase;
  } else if (Object.isExtensible(error)) {
    if (details.command !== undefined) define(error, 'command', details.command);
    if (details.phase !== undefined) define(error, 'phase', details.phase);
    showDetails(error);
  }
  if (details.cause !== undefined && !('cause' in error) && Object.isExtensible(error)) define(error, 'cause', details.cause);
  return error;
}

/** Where a command of a cluster has been. */
export interface RouteDetails {
  /** The hash slot of its keys. */
  slot?: number | undefined;
  /** `host:port` of the node that gave the error, or that the command was sent to. */
  node?: string | undefined;
  /** How often it was sent, or refused by a node. */
  attempts?: number | undefined;
  /** `host:port` of the node that it was redirected to last. */
  redirectedTo?: string | undefined;
}

/** Adds to an error where the command has been, in properties that `deepEqual` does not see, and returns it. */
export function describeRoute<E extends Error>(error: E, details: RouteDetails): E {
  if (!Object.isExtensible(error)) return error;
  for (const [key, value] of Object.entries(details)) if (value !== undefined) define(error, key, value);
  if (!(error instanceof ClientError)) showDetails(error);
  return error;
}

/**
 * Adds the command name to the error of a command that was not accepted. @param command `undefined` if it has no name
 */
export function refusedCommand<E extends Error>(error: E, command: string | undefined): E {
  return describeError(error, command === undefined ? { phase: 'queued' } : { command, phase: 'queued' });
}

/** Adds a `code` that `deepEqual` does not see to an error of a built-in class, and returns it. */
export function withCode<E extends Error>(error: E, code: string): E & { code: string } {
  define(error, 'code', code);
  showDetails(error);
  return error as E & { code: string };
}

/** Makes `console.log` show the details of an error whose class is not of this package. */
function showDetails(error: Error): void {
  if (!(inspect.custom in error)) define(error, inspect.custom, shown);
}

/** Creates a plain `Error` (as npm `redis` does in this case) with a `code` that `deepEqual` does not see. */
export function plainError(message: string, code: string): Error & { code: string } {
  return withCode(new Error(message), code);
}

/** Creates the error for an invalid option: a `TypeError` with code `OXREDIS_INVALID_OPTION`. */
export function optionError(message: string): TypeError {
  return withCode(new TypeError(message), 'OXREDIS_INVALID_OPTION');
}

/** Like {@link optionError}, where npm `redis` throws a plain `Error`. */
export function plainOptionError(message: string): Error {
  return plainError(message, 'OXREDIS_INVALID_OPTION');
}

/** Creates the error for an invalid Redis URL: a `TypeError` with code `OXREDIS_INVALID_URL`. */
export function urlError(message: string): TypeError {
  return withCode(new TypeError(message), 'OXREDIS_INVALID_URL');
}

/** Whether the value is an Error of any realm, or an object that inherits from this realm's Error. */
export function isError(value: unknown): value is Error {
  return types.isNativeError(value) || value instanceof Error;
}

/** Converts a value thrown by user code to an error: an error of any realm is returned as it is. */
export function thrownError(value: unknown): Error {
  if (isError(value)) return value;
  return plainError(String(value), 'OXREDIS_THROWN_VALUE');
}

/**
 * Creates the error for a command queue that has reached `commandsQueueMaxLength`: a plain `Error` with code
 * `OXREDIS_QUEUE_FULL`.
 */
export function queueFullError(): Error {
  return plainError('The queue is full', 'OXREDIS_QUEUE_FULL');
}

/**
 * Creates the error for a feature of npm `redis` that this release does not have: a plain `Error` with code
 * `OXREDIS_NOT_IMPLEMENTED`. The names of such features exist, so that programs load, and throw when they are used.
 */
export function notImplementedError(name: string, instead: string): Error {
  return plainError(`${name} is not in this release of oxredis: ${instead}`, 'OXREDIS_NOT_IMPLEMENTED');
}

function define(target: object, key: PropertyKey, value: unknown, enumerable = false): void {
  Object.defineProperty(target, key, { value, writable: true, enumerable, configurable: true });
}

/** The command's `AbortSignal` fired. Code `OXREDIS_ABORTED`. */
export class AbortError extends ClientError {
  static override readonly code = 'OXREDIS_ABORTED';
  /** @param why text to append to the message @param cause the reason of the signal */
  constructor(why = '', cause?: unknown) {
    super(`The command was aborted${why}`, cause === undefined ? undefined : { cause });
  }
}

/**
 * A transaction was not executed because a watched key changed, or the connection was lost after WATCH. Code
 * `OXREDIS_WATCH`.
 */
export class WatchError extends ClientError {
  static override readonly code = 'OXREDIS_WATCH';
  constructor(message = 'One (or more) of the watched keys has been changed') {
    super(message);
  }
}

/** The connection and its handshake were not complete within `connectTimeout`. Code `OXREDIS_CONNECTION_TIMEOUT`. */
export class ConnectionTimeoutError extends ClientError {
  static override readonly code = 'OXREDIS_CONNECTION_TIMEOUT';
  constructor() {
    super('Connection timeout');
  }
}

/** Nothing was sent or received for `socketTimeout`. Code `OXREDIS_SOCKET_TIMEOUT`. */
export class SocketTimeoutError extends ClientError {
  static override readonly code = 'OXREDIS_SOCKET_TIMEOUT';
  readonly #timeout: number;
  /** @param timeout milliseconds */
  constructor(timeout: number) {
    super(`Socket timeout timeout. Expecting data, but didn't receive any in ${timeout}ms.`);
    this.#timeout = timeout;
  }

  /**
   * @internal Creates another error with the same text; `undefined` if the error comes from another copy of this
   *   package.
   */
  static copy(error: SocketTimeoutError): SocketTimeoutError | undefined {
    return #timeout in error ? new SocketTimeoutError(error.#timeout) : undefined;
  }
}

/** The client is not open. Code `OXREDIS_CLIENT_CLOSED`. */
export class ClientClosedError extends ClientError {
  static override readonly code = 'OXREDIS_CLIENT_CLOSED';
  constructor() {
    super('The client is closed');
  }
}

/**
 * The client is not ready, and `disableOfflineQueue` forbids it to queue the command. Code `OXREDIS_CLIENT_OFFLINE`.
 */
export class ClientOfflineError extends ClientError {
  static override readonly code = 'OXREDIS_CLIENT_OFFLINE';
  constructor() {
    super('The client is offline');
  }
}

/** `destroy()` was called. Code `OXREDIS_CLIENT_DESTROYED`. */
export class DisconnectsClientError extends ClientError {
  static override readonly code = 'OXREDIS_CLIENT_DESTROYED';
  constructor() {
    super('Disconnects client');
  }
}

/** The server, or a proxy in between, closed the connection. Code `OXREDIS_SOCKET_CLOSED`. */
export class SocketClosedUnexpectedlyError extends ClientError {
  static override readonly code = 'OXREDIS_SOCKET_CLOSED';
  constructor() {
    super('Socket closed unexpectedly');
  }
}

/**
 * No root node of a cluster told its topology. The message names the reason of each one; `errors` has them in the order of `rootNodes`.
 * Code `OXREDIS_ROOT_NODES_UNAVAILABLE`.
 */
export class RootNodesUnavailableError extends ClientError {
  static override readonly code = 'OXREDIS_ROOT_NODES_UNAVAILABLE';
  /** Why each root node was of no use. */
  declare readonly errors: readonly Error[];
  /** @param failures the address of each root node and its error */
  constructor(failures: readonly (readonly [address: string, error: Error])[] = []) {
    const reasons = failures.map(([address, { message }]) => `${address}: ${message}`).join('; ');
    super(`All the root nodes are unavailable${reasons === '' ? '' : ` (${reasons})`}`);
    define(this, 'errors', failures.map(([, error]) => error));
    if (failures[0] !== undefined) define(this, 'cause', failures[0][1]);
  }
}

/** A scan through a sentinel cannot continue on the new master. Code `OXREDIS_SCAN_INTERRUPTED`. */
export class ScanIteratorInterruptedError extends ClientError {
  static override readonly code = 'OXREDIS_SCAN_INTERRUPTED';
  constructor(cause?: unknown) {
    super('Scan iteration was interrupted by a Sentinel master change', { cause });
  }
}

/** The reconnect strategy returned an Error. Code `OXREDIS_RECONNECT_STRATEGY`. */
export class ReconnectStrategyError extends ClientError {
  static override readonly code = 'OXREDIS_RECONNECT_STRATEGY';
  /** The error that the strategy returned. */
  originalError: Error;
  /** The network error that was passed to the strategy. */
  socketError: unknown;
  constructor(originalError: Error, socketError: unknown) {
    super(originalError.message);
    this.originalError = originalError;
    this.socketError = socketError;
  }
}

/** Too many MOVED or ASK redirections; `cause` is the last one. Code `OXREDIS_MAX_REDIRECTIONS`. */
export class MaxCommandRedirectionsError extends ClientError {
  static override readonly code = 'OXREDIS_MAX_REDIRECTIONS';
  constructor(cause?: unknown) {
    super('Too many Cluster redirections', { cause });
  }
}

/** A command, or waiting for a pooled client, took too long. Code `OXREDIS_TIMEOUT`. */
export class TimeoutError extends ClientError {
  static override readonly code: string = 'OXREDIS_TIMEOUT';
}

/**
 * Nothing was sent or received for too long while the server was under maintenance. Code
 * `OXREDIS_SOCKET_TIMEOUT_MAINTENANCE`.
 */
export class SocketTimeoutDuringMaintenanceError extends TimeoutError {
  static override readonly code = 'OXREDIS_SOCKET_TIMEOUT_MAINTENANCE';
  /** @param timeout milliseconds */
  constructor(timeout: number) {
    super(`Socket timeout during maintenance. Expecting data, but didn't receive any in ${timeout}ms.`);
  }
}

/** A command was not written in time while the server was under maintenance. Code `OXREDIS_COMMAND_TIMEOUT_MAINTENANCE`. */
export class CommandTimeoutDuringMaintenanceError extends TimeoutError {
  static override readonly code = 'OXREDIS_COMMAND_TIMEOUT_MAINTENANCE';
  /** @param timeout milliseconds */
  constructor(timeout: number) {
    super(`Command timeout during maintenance. Waited to write command for more than ${timeout}ms.`);
  }
}

/** OpenTelemetry was initialised twice, or its API is not installed. Code `OXREDIS_OPEN_TELEMETRY`. */
export class OpenTelemetryError extends ClientError {
  static override readonly code = 'OXREDIS_OPEN_TELEMETRY';
}

/** An error reply of the server. `code` is its first word if that is upper case (`WRONGTYPE`, `NOAUTH`, `ERR`). */
export class ErrorReply extends ClientError {
  override get code(): string | undefined {
    return codeOf(this.message);
  }

  override set code(value: string | undefined) {
    super.code = value;
  }

  /** The first word of the error if it is a known one (`WRONGTYPE`, `MOVED`, `LOADING`, …), else `ERR`. */
  get kind(): ServerErrorKind {
    return kindOf(this.message);
  }

  set kind(value: ServerErrorKind) {
    define(this, 'kind', value, true);
  }

  /**
   * What can make the same command succeed: `never`, `delay`, `redirect`, `reconnect` or `refresh`; see
   * `docs/errors.md`.
   */
  get retry(): RetryVerdict {
    return retryOf(this.message);
  }

  set retry(value: RetryVerdict) {
    define(this, 'retry', value, true);
  }
}

/** A simple error (`-` on the wire). */
export class SimpleError extends ErrorReply {}

/** A blob error (`!` on the wire, RESP3). */
export class BlobError extends ErrorReply {}

/** Commands of a transaction failed. Code `OXREDIS_MULTI_ERRORS`. */
export class MultiErrorReply extends ErrorReply {
  static override readonly code = 'OXREDIS_MULTI_ERRORS';
  /** All replies in order, including the errors. */
  replies: ErrorReply[];
  /** The indexes of the errors in `replies`. */
  errorIndexes: number[];

  constructor(replies: ErrorReply[], errorIndexes: number[]) {
    super(`${errorIndexes.length} commands failed, see .replies and .errorIndexes for more information`);
    this.replies = replies;
    this.errorIndexes = errorIndexes;
  }

  override get code(): string | undefined {
    return MultiErrorReply.code;
  }

  override set code(value: string | undefined) {
    super.code = value;
  }

  /** The errors among the replies. */
  *errors(): Generator<ErrorReply, void, unknown> {
    for (const index of this.errorIndexes) yield this.replies[index] as ErrorReply;
  }
}

/** Names that the documentation of node-redis uses for these errors. */
export {
  CommandTimeoutDuringMaintenanceError as CommandTimeoutDuringMaintenance,
  SocketTimeoutDuringMaintenanceError as SocketTimeoutDuringMaintenance
};

const BRANDED = {
  ClientError, AbortError, WatchError, ConnectionTimeoutError, SocketTimeoutError, ClientClosedError, ClientOfflineError,
  DisconnectsClientError, SocketClosedUnexpectedlyError, RootNodesUnavailableError, ScanIteratorInterruptedError,
  ReconnectStrategyError, MaxCommandRedirectionsError, TimeoutError, SocketTimeoutDuringMaintenanceError,
  CommandTimeoutDuringMaintenanceError, OpenTelemetryError, ErrorReply, SimpleError, BlobError, MultiErrorReply,
};
for (const [name, branded] of Object.entries(BRANDED)) brand(name, branded);
