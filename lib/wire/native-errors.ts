/** Turns errors of the engine into this library's error classes and into system errors like those of Node's sockets. */
import util from 'node:util';
import type { CommandPhase } from '../errors';
import { ErrorKind, Failure, RequestPhase } from './boundary.generated';
import { type LinkCondition, queueTimeoutError, type Waiting } from './limit-errors';
import {
  ClientClosedError, ConnectionTimeoutError, DisconnectsClientError, SimpleError, SocketClosedUnexpectedlyError,
  SocketTimeoutError, describeError, plainError, withCode,
} from '../errors';

/** An error as native code describes it. */
interface NativeError {
  kind: ErrorKind;
  message: string;
  code?: string;
  syscall?: string;
  address?: string;
  port?: number;
  causes: NativeError[];
  /** The probable cause. */
  reason?: NativeError;
}

/** Builds the error that `detail` describes. @param socketTimeout the link's setting, for the message */
export function nativeError(detail: string, socketTimeout: number | undefined): Error {
  return build(JSON.parse(detail) as NativeError, socketTimeout);
}

function build(error: NativeError, socketTimeout: number | undefined): Error {
  const built = errorOf(error, socketTimeout);
  return error.reason === undefined ? built : withCause(built, build(error.reason, socketTimeout));
}

function errorOf(error: NativeError, socketTimeout: number | undefined): Error {
  switch (error.kind) {
    case ErrorKind.ConnectTimeout: return new ConnectionTimeoutError();
    case ErrorKind.SocketTimeout: return new SocketTimeoutError(socketTimeout ?? 0);
    case ErrorKind.SocketClosed: return new SocketClosedUnexpectedlyError();
    case ErrorKind.Server: return new SimpleError(error.message);
    default: return systemError(error, socketTimeout);
  }
}

/** The error numbers of libuv by name, filled when the first error occurs. */
let errnos: ReadonlyMap<string, number> | undefined;

/** Node's (negative) `errno` of a system error. It depends on the system; `undefined` where the runtime does not list the numbers. */
function errnoOf(code: string): number | undefined {
  errnos ??= new Map([...(util.getSystemErrorMap?.() ?? [])].map(([number, [name]]) => [name, number]));
  // Node replaces EAI_NONAME by this name.
  return errnos.get(code === 'ENOTFOUND' ? 'EAI_NONAME' : code);
}

/** An error with Node's fields: `errno`, `code`, `syscall`, and `hostname` of a lookup, else `address` and `port`. */
function systemError(error: NativeError, socketTimeout: number | undefined): Error {
  const causes = error.causes.map((cause) => build(cause, socketTimeout));
  const result = causes.length > 0 ? new AggregateError(causes, error.message) : new Error(error.message);
  const { code, syscall, address, port } = error;
  // Node sets `errno` on the single errors, not on an AggregateError.
  const errno = code === undefined || code === null || causes.length > 0 ? undefined : errnoOf(code);
  const place = syscall === 'getaddrinfo' ? { hostname: address } : { address, port };
  for (const [key, value] of Object.entries({ errno, code, syscall, ...place })) {
    if (value !== undefined && value !== null) Object.assign(result, { [key]: value });
  }
  if (error.kind === ErrorKind.Protocol && code === undefined) Object.assign(result, { code: 'OXREDIS_PROTOCOL' });
  return result;
}

/** What the link knows about the failure of a request. */
export interface FailureContext {
  /** The link's last error. */
  readonly lastError: Error | undefined;
  readonly condition: LinkCondition;
  /** The request's `timeout`: how long it might stay unwritten, in ms. */
  readonly timeout: number;
  /** What it waited for in a cluster. */
  readonly waiting?: Waiting | undefined;
}

/** The error of a request that the engine settled without a reply. */
export function failureError(code: number, phase: number, command: string | undefined, context: FailureContext): Error {
  const { lastError, condition, timeout, waiting } = context;
  const details: { command?: string; phase: CommandPhase; cause?: Error } = { phase: (phase as RequestPhase) === RequestPhase.Queued ? 'queued' : 'written' };
  if (command !== undefined) details.command = command;
  switch (code as Failure) {
    case Failure.Timeout: return queueTimeoutError(timeout, { name: command, phase: details.phase, condition, lastError, waiting });
    case Failure.Destroyed: return describeError(new DisconnectsClientError(), details);
    case Failure.Closed:
      if (condition !== 'ready' && lastError !== undefined) details.cause = lastError;
      return describeError(new ClientClosedError(), details);
    case Failure.Fault: return describeError(plainError('The engine of oxredis has failed inside', 'OXREDIS_INTERNAL'), details);
    case Failure.ArgumentGone: return describeError(argumentGone(), details);
    default: return describeError(ownError(lastError ?? new SocketClosedUnexpectedlyError()), details);
  }
}

function argumentGone(): Error {
  return plainError('The memory of an argument was transferred or resized before it was sent', 'OXREDIS_ARGUMENT_GONE');
}

/**
 * Copies the connection's error for one request, so that each copy can name its command; the original is the `cause`.
 * An error of an unknown class is shared instead.
 */
function ownError(error: Error): Error {
  const copy = copyOf(error);
  return copy === undefined ? error : withCause(copy, error);
}

function copyOf(error: Error): Error | undefined {
  if (error instanceof SocketClosedUnexpectedlyError) return new SocketClosedUnexpectedlyError();
  if (error instanceof SocketTimeoutError) return SocketTimeoutError.copy(error);
  if (error instanceof ConnectionTimeoutError) return new ConnectionTimeoutError();
  if (error instanceof SimpleError) return new SimpleError(error.message);
  if (error instanceof AggregateError) return Object.assign(new AggregateError(error.errors, error.message), error);
  if (error.constructor !== Error) return undefined;
  const copy: Error & { code?: string } = Object.assign(new Error(error.message), error);
  const { code } = error as Error & { code?: string };
  return code === undefined || copy.code === code ? copy : withCode(copy, code);
}

function withCause(copy: Error, cause: Error): Error {
  Object.defineProperty(copy, 'cause', { value: cause, writable: true, enumerable: false, configurable: true });
  return copy;
}
