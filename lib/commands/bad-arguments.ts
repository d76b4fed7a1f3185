// Explains errors that are thrown while the arguments of a command are encoded.
import { describeError } from '../errors';
import { argumentTypeError, INVALID_ARGUMENT, kindOf } from '../wire/argument-error';
import type { Command } from '../wire/command';
import { isBuiltIn } from './command';
import { usageOf } from './usages';

/**
 * Returns the error to throw when the `parseCommand` of a command has thrown. A message of V8 mentions variables of
 * this library ("Cannot read properties of undefined"), so it becomes the `cause` of an error that names the command,
 * the arguments it got, and those it takes. Errors thrown by user-defined commands, or by user code that runs while an
 * argument is read, are returned unchanged.
 */
export function explained(command: Command, args: readonly unknown[], error: unknown): unknown {
  if (!(error instanceof Error) || !isBuiltIn(command.parseCommand)) return error;
  const details = { command: command.name, phase: 'queued' } as const;
  if ((error as { code?: unknown }).code === INVALID_ARGUMENT) return describeError(error, details);
  if (!(error instanceof TypeError)) return error;
  const usage = usageOf(command.name);
  const expected = usage === undefined ? 'one is missing or of a wrong type' : `expected ${usage}`;
  const got = args.map(arg => kindOf(arg)).join(', ');
  return describeError(argumentTypeError(`${command.name} cannot be made of the arguments (${got}): ${expected}`, error), details);
}
