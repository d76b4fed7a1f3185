/**
 * Classifies errors of the server by their text, and tells what can make the same command succeed. Other code does not parse these texts.
 */
import { SERVER_ERRORS } from './server-errors.generated';

/** The first word of a server's error if it is a known one (`WRONGTYPE`, `MOVED`, …), else `ERR`. */
export type ServerErrorKind = keyof typeof SERVER_ERRORS;

/**
 * What can make the same command succeed after the server has refused it: nothing (`never`: the command, the data or the permissions
 * must change first), a later attempt (`delay`), another node, which the error names (`redirect`), a new connection (`reconnect`), or
 * updating the slot map of the cluster (`refresh`).
 */
export type RetryVerdict = 'never' | 'delay' | 'redirect' | 'reconnect' | 'refresh';

const FIRST_WORD = /^[A-Z][A-Z0-9_]*(?![^ ])/;

/** Returns the first word of a server's error if it is in upper case. */
export function codeOf(text: string): string | undefined {
  return FIRST_WORD.exec(text)?.[0];
}

export function kindOf(text: string): ServerErrorKind {
  const code = codeOf(text);
  return code !== undefined && Object.hasOwn(SERVER_ERRORS, code) ? code as ServerErrorKind : 'ERR';
}

export function retryOf(text: string): RetryVerdict {
  return SERVER_ERRORS[kindOf(text)];
}

/**
 * Whether HIMPORT SET failed because this connection does not have the fieldset. Only the text tells, since the code is `ERR`, as for
 * wrong arguments. npm `redis` searches for the same text.
 */
export function isMissingFieldset(text: string): boolean {
  return text.includes('no such fieldset');
}
