/** Errors for invalid command arguments. They are reported before anything is sent. */
import { plainError } from '../errors';

/** The `code` of all these errors. */
export const INVALID_ARGUMENT = 'OXREDIS_INVALID_ARGUMENT';

/** What may appear in an error as a command name. Anything else could be data of the user. */
const COMMAND_NAME = /^[A-Za-z][A-Za-z0-9._-]{0,39}$/;

/** Describes the type of a value for a message; for objects more precisely than `typeof`: `null`, `array`, `Date`, `Promise` … */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value !== 'object') return typeof value;
  try {
    if (Array.isArray(value)) return 'array';
    const [, tag] = /^\[object (\w+)\]$/.exec(Object.prototype.toString.call(value)) ?? [];
    return tag === undefined || tag === 'Object' ? 'object' : tag;
  } catch {
    // A revoked proxy.
    return 'object';
  }
}

/** A TypeError with a non-enumerable `code`. @param cause the original error of V8, if there was one */
export function argumentTypeError(message: string, cause?: unknown): TypeError {
  const error = new TypeError(message, cause === undefined ? undefined : { cause });
  Object.defineProperty(error, 'code', { value: INVALID_ARGUMENT, writable: true, enumerable: false, configurable: true });
  return error;
}

/** A plain Error with a non-enumerable `code`, for cases in which npm `redis` throws a plain Error. */
export function argumentError(message: string): Error {
  return plainError(message, INVALID_ARGUMENT);
}

/**
 * The error for an argument that is neither string nor Buffer, with the wording of npm `redis`.
 *
 * @param index position in the command; its name has index 0
 * @param command the first word of the command, if there is one
 */
export function wordError(index: number, value: unknown, command: string | undefined): TypeError {
  const sentence = `"arguments[${index}]" must be of type "string | Buffer", got ${kindOf(value)} instead.`;
  const isNamed = command !== undefined && COMMAND_NAME.test(command);
  if (!isNamed) return argumentTypeError(sentence);
  const error = argumentTypeError(sentence);
  Object.defineProperty(error, 'command', { value: command, writable: true, enumerable: false, configurable: true });
  return error;
}
