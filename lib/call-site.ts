/**
 * Records where a command was called, for the stacks of errors that arrive with a reply: at that time the caller is no
 * longer on the stack.
 */
import { ClientError } from './errors';

/**
 * The folder of this package's code, as stacks show it (source maps change paths). Its own frames are left out, because
 * they do not help users.
 */
const OWN_CODE = folderOf(new Error().stack?.split('\n')[1] ?? '');

/** How many frames to capture in addition, because some of them are this package's. */
const OWN_FRAMES = 12;

/** Environment variables that test runners set. */
const OF_TEST_RUNNERS = ['NODE_TEST_CONTEXT', 'VITEST', 'JEST_WORKER_ID'];

/** Whether stacks name callers if no option says so: in tests, where a microsecond per command does not matter. */
export function isTestRun(): boolean {
  const { env } = process;
  return env.NODE_ENV === 'test' || OF_TEST_RUNNERS.some((name) => env[name] !== undefined);
}

type Reject = (error: unknown) => void;

/** Records the caller. @returns a `reject` that makes the error's stack end at that caller */
export function fromCaller(reject: Reject): Reject {
  const site: { stack?: unknown } = {};
  const limit = Error.stackTraceLimit;
  if (typeof limit !== 'number') return reject;
  Error.stackTraceLimit = limit + OWN_FRAMES;
  Error.captureStackTrace(site, fromCaller);
  Error.stackTraceLimit = limit;
  return (error) => {
    if (isOfOneCommand(error)) nameCaller(error, site.stack, limit);
    reject(error);
  };
}

/** Other errors are shared by several commands, or were created by the user. */
function isOfOneCommand(error: unknown): error is Error {
  return error instanceof ClientError ||
    (error instanceof Error && Object.hasOwn(error, 'command') && (error.constructor === Error || error.constructor === AggregateError));
}

function nameCaller(error: Error, stack: unknown, limit: number): void {
  // With a user's `Error.prepareStackTrace`, `stack` may be anything.
  if (typeof stack !== 'string') return;
  const frames = stack.split('\n').filter((line) => line.startsWith('    at '));
  const first = frames.findIndex((line) => !line.includes(OWN_CODE));
  // If this package is bundled with the application, its frames cannot be told apart, so none are left out.
  const value = [String(error), ...frames.slice(Math.max(first, 0)).slice(0, limit)].join('\n');
  Object.defineProperty(error, 'stack', { value, writable: true, enumerable: false, configurable: true });
}

/** Returns the folder of a frame: `/folder/` for `    at name (/folder/file.js:1:2)`. */
function folderOf(frame: string): string {
  return /(?:\(|at )([^()]*[\\/])[^\\/()]*\)?$/.exec(frame)?.[1] ?? __dirname;
}
