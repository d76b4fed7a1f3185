/** Errors of commands whose arguments are of no use, which are told before anything is sent. */
import { plainError } from '../errors';

/** Every such error has it. */
export const INVALID_ARGUMENT = 'OXREDIS_INVALID_ARGUMENT';

/** A name of a command, as servers have them: nothing else is told. */
const COMMAND_NAME = /^[A-Za-z][A-Za-z0-9._-]{0,39}$/;

/** What a value is, for people: `null`, `array`, `Date`, `Promise` … where `typeof` says `object`. */
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

/** A TypeError with an invisible `code`. @param cause what V8 said, if it did */
export function argumentTypeError(message: string, cause?: unknown): TypeError {
  const error = new TypeError(message, cause === undefined ? undefined : { cause });
  Object.defineProperty(error, 'code', { value: INVALID_ARGUMENT, writable: true, enumerable: false, configurable: true });
  return error;
}

/** A plain Error, where npm `redis` throws one, with an invisible `code`. */
export function argumentError(message: string): Error {
  return plainError(message, INVALID_ARGUMENT);
}

/**
 * The error of a word that is neither string nor Buffer, in the words of npm `redis`.
 *
 * @param index place in the command, whose name is 0
 * @param command its first word, if it has one
 */
export function wordError(index: number, value: unknown, command: string | undefined): TypeError {
  const sentence = `"arguments[${index}]" must be of type "string | Buffer", got ${kindOf(value)} instead.`;
  const isNamed = command !== undefined && COMMAND_NAME.test(command);
  if (!isNamed) return argumentTypeError(sentence);
  const error = argumentTypeError(sentence);
  Object.defineProperty(error, 'command', { value: command, writable: true, enumerable: false, configurable: true });
  return error;
}
