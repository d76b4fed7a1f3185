/** Where a command was called: stacks of errors that come with a reply, when nothing of the caller is on the stack any more. */
import { ClientError } from './errors';

/** Where the code of this package lies: its own frames help nobody. */
const OWN_CODE = __dirname;

/** More frames than are asked for, as some are this package's. */
const OWN_FRAMES = 12;

/** Variables that test runners set. */
const OF_TEST_RUNNERS = ['NODE_TEST_CONTEXT', 'VITEST', 'JEST_WORKER_ID'];

/** Whether stacks name callers when no option says so: in tests, where a microsecond for each command is cheap. */
export function isTestRun(): boolean {
  const { env } = process;
  return env.NODE_ENV === 'test' || OF_TEST_RUNNERS.some((name) => env[name] !== undefined);
}

type Reject = (error: unknown) => void;

/** Notes the caller. @returns `reject`, which makes the error's stack end at that caller */
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

/** Other errors are shared by several commands, or are the user's. */
function isOfOneCommand(error: unknown): error is Error {
  return error instanceof ClientError ||
    (error instanceof Error && Object.hasOwn(error, 'command') && (error.constructor === Error || error.constructor === AggregateError));
}

function nameCaller(error: Error, stack: unknown, limit: number): void {
  // Something else with an `Error.prepareStackTrace` of one's own.
  if (typeof stack !== 'string') return;
  const frames = stack.split('\n').filter((line) => line.startsWith('    at '));
  const first = frames.findIndex((line) => !line.includes(OWN_CODE));
  const value = [String(error), ...first < 0 ? [] : frames.slice(first, first + limit)].join('\n');
  Object.defineProperty(error, 'stack', { value, writable: true, enumerable: false, configurable: true });
}
