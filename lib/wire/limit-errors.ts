/** Errors of requests that timed out or were aborted. They name the command, how long it waited, and why. */
import { AbortError, ClientError, TimeoutError, describeError, type CommandPhase } from '../errors';

/** What a link is doing while requests wait to be written. */
export type LinkCondition = 'connecting' | 'reconnecting' | 'ready';

/** What a request waits for, where the condition of its link does not tell. */
export interface Waiting {
  /** Goes on after "as" or a colon. */
  readonly reason: string;
  /** The last error, which may explain it. */
  readonly cause: Error | undefined;
}

/** The state of a request when it timed out or was aborted. */
export interface LimitedRequest {
  /** Name of its command, `undefined` when it has none. */
  readonly name: string | undefined;
  readonly phase: CommandPhase;
  readonly condition: LinkCondition;
  /** The last error of the link, which may explain why it is not ready. */
  readonly lastError: Error | undefined;
  /** Of a request of a cluster: what it waits for. */
  readonly waiting?: Waiting | undefined;
}

/** The error of a request that was not written within `timeout` ms. */
export function queueTimeoutError(timeout: number, request: LimitedRequest): Error {
  const what = request.name ?? 'The command';
  return complete(new TimeoutError(`${what} waited ${timeout} ms to be written: ${reasonToWait(request)}`), request);
}

/** The error of a request that was not answered within `deadline` ms. */
export function deadlineError(deadline: number, request: LimitedRequest): Error {
  return complete(new TimeoutError(`The command was not answered within its deadline of ${deadline}ms: ${whereabouts(request)}`), request);
}

/** The error of a request whose signal was aborted. */
export function abortedError(signal: AbortSignal, request: LimitedRequest): Error {
  // On a ready connection, the request may simply not have been written because the tick had not ended.
  const isFresh = request.phase === 'queued' && request.condition === 'ready' && request.waiting === undefined;
  const place = isFresh ? `${request.name ?? 'it'} was not written yet` : whereabouts(request);
  return complete(new AbortError(`: ${place}`, signal.reason as unknown), request);
}

/** The error of a request whose signal was aborted before it was issued. */
export function abortedBefore(signal: AbortSignal): Error {
  return new AbortError(': its signal had fired before it was issued', signal.reason as unknown);
}

function complete(error: Error, { name, phase, condition, lastError, waiting }: LimitedRequest): Error {
  const reason = waiting === undefined ? condition !== 'ready' && lastError : waiting.cause;
  return describeError(error, { command: name, phase, cause: phase === 'queued' && reason ? reason : undefined });
}

function whereabouts(request: LimitedRequest): string {
  const what = request.name ?? 'it';
  if (request.phase === 'written') return `${what} was sent and had no reply yet`;
  return `${what} waited to be written, as ${reasonToWait(request)}`;
}

function reasonToWait({ condition, lastError, waiting }: LimitedRequest): string {
  if (waiting !== undefined) return withLastError(waiting.reason, waiting.cause);
  if (condition === 'ready') return 'the connection takes no more bytes at present';
  const state = condition === 'connecting' ? 'the client is not connected yet' : 'the client is reconnecting';
  return withLastError(state, lastError);
}

function withLastError(state: string, lastError: Error | undefined): string {
  return lastError === undefined ? state : `${state} (last error: ${inShort(lastError)})`;
}

/** A short text: the message of an error of this library, code and address of any other. The other's message is only in `cause`. */
function inShort(error: Error): string {
  if (error instanceof ClientError) return error.message;
  const first = error instanceof AggregateError ? (error.errors[0] as Error | undefined) ?? error : error;
  const { code, address, hostname, port } = first as Error & { code?: string; address?: string; hostname?: string; port?: number };
  const place = address ?? hostname;
  const name = code ?? 'an error without a code';
  if (place === undefined) return name;
  return port === undefined ? `${name} ${place}` : `${name} ${place}:${port}`;
}
