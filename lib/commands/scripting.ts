import type { CommandParser, RedisArgument, RedisVariadicArgument } from '../wire/command-parser';
import { none } from './args';
import { command } from './command';
import * as shapes from './function-replies';
import * as reply from './replies';
import type { RedisFlushMode } from './server';

/** Keys and arguments of a script or function. Only keys get the key prefix. */
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
  /** Glob pattern. */
  LIBRARYNAME?: RedisArgument;
}

function pushListOptions(c: CommandParser, options?: FunctionListOptions): void {
  if (options?.LIBRARYNAME) c.push('LIBRARYNAME', options.LIBRARYNAME);
}

const optionalMode = (c: CommandParser, mode?: RedisFlushMode): void => {
  if (mode) c.push(mode);
};

export const scripting = {
  /** Runs a Lua script and gives what it returns. */
  eval: command('EVAL', callScript, reply.any),
  /** Runs a Lua script that only reads and gives what it returns. */
  evalRo: command('EVAL_RO', callScript, reply.any),
  /** Runs a loaded Lua script by its SHA-1 and gives what it returns. */
  evalSha: command('EVALSHA', callSha, reply.any),
  /** Runs a loaded Lua script that only reads by its SHA-1 and gives what it returns. */
  evalShaRo: command('EVALSHA_RO', callSha, reply.any),
  /** Calls a function of a loaded library and gives what it returns. */
  fCall: command('FCALL', callFunction, reply.any),
  /** Calls a function that only reads and gives what it returns. */
  fCallRo: command('FCALL_RO', callFunction, reply.any),
  /** Deletes a library of functions. */
  functionDelete: command('FUNCTION DELETE', (c, library: RedisArgument) => c.push(library), reply.simpleString),
  /** Returns all libraries in the server's own format, for functionRestore. Ask for Buffers with a type mapping. */
  functionDump: command('FUNCTION DUMP', none, reply.blob),
  /** Deletes all libraries. */
  functionFlush: command('FUNCTION FLUSH', optionalMode, reply.ok),
  /** Stops the function that is running, if it has not written yet. */
  functionKill: command('FUNCTION KILL', none, reply.simpleString),
  /** Describes libraries and their functions. */
  functionList: command('FUNCTION LIST', pushListOptions, shapes.libraries),
  /** functionList with the code of the libraries. */
  functionListWithCode: command('FUNCTION LIST', (c, options?: FunctionListOptions) => {
    pushListOptions(c, options);
    c.push('WITHCODE');
  }, shapes.librariesWithCode, { upper: 'FUNCTION_LIST_WITHCODE' }),
  /** Loads a library of functions and returns its name. */
  functionLoad: command('FUNCTION LOAD', (c, code: RedisArgument, options?: { REPLACE?: boolean }) => {
    if (options?.REPLACE) c.push('REPLACE');
    c.push(code);
  }, reply.blob),
  /** Loads what functionDump returned. */
  functionRestore: command('FUNCTION RESTORE', (
    c, dump: RedisArgument, options?: { mode?: 'FLUSH' | 'APPEND' | 'REPLACE' },
  ) => {
    c.push(dump);
    if (options?.mode) c.push(options.mode);
  }, reply.ok),
  /** Tells which function is running, and how many there are per engine. */
  functionStats: command('FUNCTION STATS', none, shapes.functionStats),
  /** Switches the debugging of scripts on this connection. */
  scriptDebug: command('SCRIPT DEBUG', (c, mode: 'YES' | 'SYNC' | 'NO') => c.push(mode), reply.ok),
  /** Tells for SHA-1s of scripts whether they are loaded: 1 or 0 each. */
  scriptExists: command('SCRIPT EXISTS', (c, sha1: RedisVariadicArgument) => c.pushVariadic(sha1), reply.numbers),
  /** Forgets all loaded scripts. */
  scriptFlush: command('SCRIPT FLUSH', optionalMode, reply.ok),
  /** Stops the script that is running, if it has not written yet. */
  scriptKill: command('SCRIPT KILL', none, reply.ok),
  /** Loads a script and returns its SHA-1. */
  scriptLoad: command('SCRIPT LOAD', (c, script: RedisArgument) => c.push(script), reply.blob),
};
