/** Errors of requests that ran out of time or were aborted: what waited, how long, and why. */
import { AbortError, ClientError, TimeoutError, describeError, type CommandPhase } from '../errors';

/** What a link is doing while requests wait to be written. */
export type LinkCondition = 'connecting' | 'reconnecting' | 'ready';

/** Where a request was when its limit came. */
export interface LimitedRequest {
  /** Its command, `undefined` when it has no name. */
  readonly name: string | undefined;
  readonly phase: CommandPhase;
  readonly condition: LinkCondition;
  /** Why the link is not ready. */
  readonly lastError: Error | undefined;
}

/** It was not written within `timeout` ms. */
export function queueTimeoutError(timeout: number, request: LimitedRequest): Error {
  const what = request.name ?? 'The command';
  return complete(new TimeoutError(`${what} waited ${timeout} ms to be written: ${reasonToWait(request)}`), request);
}

/** It was not answered within `deadline` ms. */
export function deadlineError(deadline: number, request: LimitedRequest): Error {
  return complete(new TimeoutError(`The command was not answered within its deadline of ${deadline}ms: ${whereabouts(request)}`), request);
}

/** Its signal fired. */
export function abortedError(signal: AbortSignal, request: LimitedRequest): Error {
  // On a connection that is ready it may not even have waited for the end of the tick.
  const isFresh = request.phase === 'queued' && request.condition === 'ready';
  const place = isFresh ? `${request.name ?? 'it'} was not written yet` : whereabouts(request);
  return complete(new AbortError(`: ${place}`, signal.reason as unknown), request);
}

/** Its signal had fired before it was issued. */
export function abortedBefore(signal: AbortSignal): Error {
  return new AbortError(': its signal had fired before it was issued', signal.reason as unknown);
}

function complete(error: Error, { name, phase, condition, lastError }: LimitedRequest): Error {
  const cause = phase === 'queued' && condition !== 'ready' ? lastError : undefined;
  return describeError(error, { command: name, phase, cause });
}

function whereabouts(request: LimitedRequest): string {
  const what = request.name ?? 'it';
  if (request.phase === 'written') return `${what} was sent and had no reply yet`;
  return `${what} waited to be written, as ${reasonToWait(request)}`;
}

function reasonToWait({ condition, lastError }: LimitedRequest): string {
  if (condition === 'ready') return 'the connection takes no more bytes at present';
  const state = condition === 'connecting' ? 'the client is not connected yet' : 'the client is reconnecting';
  return lastError === undefined ? state : `${state} (last error: ${inShort(lastError)})`;
}

/** Code and place of a system error, the text of an error of ours. The text of others is theirs, and in `cause`. */
function inShort(error: Error): string {
  if (error instanceof ClientError) return error.message;
  const first = error instanceof AggregateError ? (error.errors[0] as Error | undefined) ?? error : error;
  const { code, address, hostname, port } = first as Error & { code?: string; address?: string; hostname?: string; port?: number };
  const place = address ?? hostname;
  const name = code ?? 'an error without a code';
  if (place === undefined) return name;
  return port === undefined ? `${name} ${place}` : `${name} ${place}:${port}`;
}
