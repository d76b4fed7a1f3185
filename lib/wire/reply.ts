/** From a reply on the tape to the settled promise of its request. */
import { ErrorReply, describeError } from '../errors';
import type { Command } from './command';
import type { TapeReader } from './decoder';
import type { Pending } from './pending';
import { isError } from './realms';
import type { TypeMapping } from './resp-types';

/**
 * Settles a request with the reply at the cursor and moves behind it, whatever happens: the next reply belongs to somebody else.
 *
 * @param resp the protocol of the session, which chooses the transform
 */
export function settleWithReply(pending: Pending, reader: TapeReader, resp: 2 | 3): void {
  const { typeMapping, command } = pending;
  const { cursor } = reader;
  let reply: unknown;
  try {
    reply = reader.read(typeMapping);
  } catch (error) {
    skipFrom(reader, cursor);
    return pending.reject(described(error, pending));
  }
  // `Error` first: every reply of every command is asked, and that costs others no call of our own `instanceof` (`error-brands.ts`).
  if (reply instanceof Error && reply instanceof ErrorReply) return pending.reject(described(reply, pending));
  try {
    if (command !== undefined) reply = transformed(command, reply, pending.preserve, typeMapping, resp);
  } catch (error) {
    return pending.reject(error);
  }
  pending.resolve(reply);
}

/** Reads a value that nobody asked for. @throws what `read` throws; the cursor is behind the value nevertheless */
export function readOrSkip<T>(reader: TapeReader, read: (reader: TapeReader) => T): T {
  const { cursor } = reader;
  try {
    return read(reader);
  } catch (error) {
    skipFrom(reader, cursor);
    throw error;
  }
}

/** A text that no string can hold, a number that makes no bigint: the cursor may be anywhere in the value. */
function skipFrom(reader: TapeReader, cursor: number): void {
  reader.cursor = cursor;
  reader.skip();
}

/** What a command makes of its decoded reply. */
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
