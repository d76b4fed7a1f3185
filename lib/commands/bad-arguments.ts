// What a caller is told whose arguments a command could not be made of.
import { describeError } from '../errors';
import { argumentTypeError, INVALID_ARGUMENT, kindOf } from '../wire/argument-error';
import type { Command } from '../wire/command';
import { isBuiltIn } from './command';
import { usageOf } from './usages';

/**
 * The error for the caller of a command whose `parseCommand` threw. What V8 says names variables of this library ("Cannot read
 * properties of undefined"): it becomes the `cause` of an error that names the command, what it got, and what it takes. What
 * commands of users throw, and what arguments throw that run code of the user, stays what it is.
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
