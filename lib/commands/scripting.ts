import type { CommandParser, RedisArgument, RedisVariadicArgument } from '../wire/command-parser';
import { none } from './args';
import { command } from './command';
import * as shapes from './function-replies';
import * as reply from './replies';
import type { RedisFlushMode } from './server';

/** Keys and arguments of a script or function. The `keyPrefix` option applies to the keys only. */
export interface EvalOptions {
  keys?: RedisArgument[];
  arguments?: RedisArgument[];
}

function pushCall(c: CommandParser, body: RedisArgument, options?: EvalOptions): void {
  c.push(body);
  if (options?.keys) c.pushKeysLength(options.keys);
  else c.push('0');
  if (options?.arguments) c.pushVariadic(options.arguments);
}

const callScript = (c: CommandParser, script: RedisArgument, options?: EvalOptions): void => pushCall(c, script, options);
const callSha = (c: CommandParser, sha1: RedisArgument, options?: EvalOptions): void => pushCall(c, sha1, options);
const callFunction = (c: CommandParser, functionName: RedisArgument, options?: EvalOptions): void => pushCall(c, functionName, options);

export interface FunctionListOptions {
  /** Glob pattern that library names must match. */
  LIBRARYNAME?: RedisArgument;
}

function pushListOptions(c: CommandParser, options?: FunctionListOptions): void {
  if (options?.LIBRARYNAME) c.push('LIBRARYNAME', options.LIBRARYNAME);
}

const optionalMode = (c: CommandParser, mode?: RedisFlushMode): void => {
  if (mode) c.push(mode);
};

export const scripting = {
  /** Runs a Lua script and returns its result. */
  eval: command('EVAL', callScript, reply.any),
  /** Runs a read-only Lua script and returns its result. */
  evalRo: command('EVAL_RO', callScript, reply.any),
  /** Runs a loaded Lua script by its SHA-1 and returns its result. */
  evalSha: command('EVALSHA', callSha, reply.any),
  /** Runs a loaded read-only Lua script by its SHA-1 and returns its result. */
  evalShaRo: command('EVALSHA_RO', callSha, reply.any),
  /** Calls a function of a loaded library and returns its result. */
  fCall: command('FCALL', callFunction, reply.any),
  /** Calls a read-only function and returns its result. */
  fCallRo: command('FCALL_RO', callFunction, reply.any),
  /** Deletes a library and its functions. */
  functionDelete: command('FUNCTION DELETE', (c, library: RedisArgument) => c.push(library), reply.simpleString),
  /** Returns all libraries in the server's internal format, for functionRestore. Use a type mapping to get a Buffer. */
  functionDump: command('FUNCTION DUMP', none, reply.blob),
  /** Deletes all libraries. */
  functionFlush: command('FUNCTION FLUSH', optionalMode, reply.ok),
  /** Stops the running function, unless it has already written. */
  functionKill: command('FUNCTION KILL', none, reply.simpleString),
  /** Returns libraries and their functions as an array of objects. */
  functionList: command('FUNCTION LIST', pushListOptions, shapes.libraries),
  /** Like functionList, with the code of the libraries. */
  functionListWithCode: command('FUNCTION LIST', (c, options?: FunctionListOptions) => {
    pushListOptions(c, options);
    c.push('WITHCODE');
  }, shapes.librariesWithCode, { upper: 'FUNCTION_LIST_WITHCODE' }),
  /** Loads a library of functions and returns its name. */
  functionLoad: command('FUNCTION LOAD', (c, code: RedisArgument, options?: { REPLACE?: boolean }) => {
    if (options?.REPLACE) c.push('REPLACE');
    c.push(code);
  }, reply.blob),
  /** Restores the libraries that functionDump returned. */
  functionRestore: command('FUNCTION RESTORE', (
    c, dump: RedisArgument, options?: { mode?: 'FLUSH' | 'APPEND' | 'REPLACE' },
  ) => {
    c.push(dump);
    if (options?.mode) c.push(options.mode);
  }, reply.ok),
  /** Returns which function is running, and the numbers of libraries and functions per engine. */
  functionStats: command('FUNCTION STATS', none, shapes.functionStats),
  /** Sets the debugging mode of scripts on this connection. */
  scriptDebug: command('SCRIPT DEBUG', (c, mode: 'YES' | 'SYNC' | 'NO') => c.push(mode), reply.ok),
  /** Returns for each SHA-1 whether the script is loaded: 1 or 0. */
  scriptExists: command('SCRIPT EXISTS', (c, sha1: RedisVariadicArgument) => c.pushVariadic(sha1), reply.numbers),
  /** Removes all loaded scripts from the server. */
  scriptFlush: command('SCRIPT FLUSH', optionalMode, reply.ok),
  /** Stops the running script, unless it has already written. */
  scriptKill: command('SCRIPT KILL', none, reply.ok),
  /** Loads a script and returns its SHA-1. */
  scriptLoad: command('SCRIPT LOAD', (c, script: RedisArgument) => c.push(script), reply.blob),
};
