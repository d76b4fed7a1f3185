/** What an error of the server is, and what can make the same command succeed: all that the client reads from texts of servers. */
import { SERVER_ERRORS } from './server-errors.generated';

/** The first word of a server's error, where it is one that servers are known to use: `WRONGTYPE`, `MOVED`, …; else `ERR`. */
export type ServerErrorKind = keyof typeof SERVER_ERRORS;

/**
 * What can make the same command succeed after the server has refused it: nothing (`never`: the command, the data or the rights must
 * change first), time (`delay`), the node that the error names (`redirect`), a new connection (`reconnect`), or what the nodes of the
 * cluster say now of their slots (`refresh`).
 */
export type RetryVerdict = 'never' | 'delay' | 'redirect' | 'reconnect' | 'refresh';

const FIRST_WORD = /^[A-Z][A-Z0-9_]*(?![^ ])/;

/** The first word of a server's error, when it is in upper case. */
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
 * Whether HIMPORT SET was refused since this connection does not have the fieldset. Only these words say so: the code is `ERR`, that
 * of wrong arguments too. npm `redis` looks for the same words.
 */
export function isMissingFieldset(text: string): boolean {
  return text.includes('no such fieldset');
}
