/** Settles the promise of a request with its reply on the tape. */
import { ErrorReply, describeError } from '../errors';
import type { Command } from './command';
import type { TapeReader } from './decoder';
import type { Pending } from './pending';
import { isError } from './realms';
import type { TypeMapping } from './resp-types';

/**
 * Settles a request with the reply at the cursor. The cursor moves past it even after an error, since another request's reply follows.
 *
 * @param resp the protocol version of the connection, which selects the transform
 * @param explain returns the error that the caller gets in place of an error reply
 */
export function settleWithReply(pending: Pending, reader: TapeReader, resp: 2 | 3, explain?: (error: ErrorReply) => Error): void {
  const { typeMapping, command } = pending;
  const { cursor } = reader;
  let reply: unknown;
  try {
    reply = reader.read(typeMapping);
  } catch (error) {
    skipFrom(reader, cursor);
    return pending.reject(described(error, pending));
  }
  // `Error` is tested first: this runs for every reply, and the `instanceof` of our classes is a function call (`error-brands.ts`).
  if (reply instanceof Error && reply instanceof ErrorReply) {
    return pending.reject(described(explain === undefined ? reply : explain(reply), pending));
  }
  try {
    if (command !== undefined) reply = transformed(command, reply, pending.preserve, typeMapping, resp);
  } catch (error) {
    return pending.reject(error);
  }
  pending.resolve(reply);
}

/** Reads a value that is not the reply of a request. @throws what `read` throws; even then the cursor is past the value */
export function readOrSkip<T>(reader: TapeReader, read: (reader: TapeReader) => T): T {
  const { cursor } = reader;
  try {
    return read(reader);
  } catch (error) {
    skipFrom(reader, cursor);
    throw error;
  }
}

/** Skips a value whose decoding failed (a text longer than JS strings may be, an invalid big number), wherever the cursor is in it. */
function skipFrom(reader: TapeReader, cursor: number): void {
  reader.cursor = cursor;
  reader.skip();
}

/** Applies the command's transform to a decoded reply. */
export function transformed(
  { transformReply: transform }: Command, reply: unknown, preserve: unknown, typeMapping: TypeMapping | undefined, resp: 2 | 3,
): unknown {
  if (typeof transform === 'function') return transform(reply as never, preserve, typeMapping);
  const versioned = transform?.[resp];
  return versioned === undefined ? reply : versioned(reply as never, preserve, typeMapping);
}

function described(error: unknown, { name }: Pending): unknown {
  if (isError(error) && name !== undefined) describeError(error, { command: name, phase: 'written' });
  return error;
}
