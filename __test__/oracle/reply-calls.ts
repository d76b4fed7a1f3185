/** How the examples of the fixture are called: which ones can run side by side, and which ones a sequence calls in their place. */
import { COMMAND_TABLE } from '../../lib/commands';
import { commandFacts, type CommandExample } from '../commands/command-facts';

/** A method with its examples. */
export interface MethodCalls {
  readonly method: string;
  /** Wire name. */
  readonly name: string;
  readonly examples: readonly CommandExample[];
}

/** Methods whose examples cannot be called as they are; a sequence calls them. */
export const ONLY_IN_SEQUENCES: Readonly<Record<string, string>> = {
  bgRewriteAof: 'it runs on after its reply: the next one would be refused by chance',
  bgSave: 'likewise',
  clientKill: 'the connection with the number of the example may be one of the test',
  clientPause: 'all connections would wait',
  migrate: 'the example names a host',
  scriptDebug: 'Valkey 9.1 crashes when another connection runs a script before the debugged one ends',
  replicaOf: 'the server would throw its data away',
};

/** Methods that change their connection: each call gets a new one. */
export const CHANGE_THE_CONNECTION: ReadonlySet<string> = new Set([
  'asking', 'auth', 'clientCaching', 'clientGetRedir', 'clientNoEvict', 'clientNoTouch', 'clientSetName', 'clientTracking', 'hello',
  'readonly', 'restoreAsking',
]);

/** Keyed or harmless for others: these run for all actors at once though they are no reads of keys. */
const HARMLESS: ReadonlySet<string> = new Set(['wait', 'publish', 'sPublish', 'ping', 'echo', 'flushDb', 'time', 'info', 'memoryStats']);

/** Keyed, and yet a matter of other databases. */
const BEYOND_ITS_DATABASE: ReadonlySet<string> = new Set(['copy', 'move']);

/** The methods of the fixture that this package has. */
export function methodCalls(): MethodCalls[] {
  return commandFacts().filter(({ module, method }) => module === 'client' && method in COMMAND_TABLE)
    .map(({ method, examples }) => ({ method, name: (COMMAND_TABLE[method] as { name: string }).name, examples }));
}

/** True if the call concerns nothing but the database of its connection. */
export function isLocal(method: string, example: CommandExample): boolean {
  if (CHANGE_THE_CONNECTION.has(method) || BEYOND_ITS_DATABASE.has(method)) return false;
  return example.keys.length > 0 || isRead(method) || HARMLESS.has(method);
}

export function isRead(method: string): boolean {
  return COMMAND_TABLE[method]?.IS_READ_ONLY ?? false;
}

/** True if the call may wait for data. */
export function mayBlock(example: CommandExample): boolean {
  const [name, ...rest] = example.wire.map(String);
  return /^(B[LRZ]|WAIT)/.test(name ?? '') || rest.includes('BLOCK');
}

/** The keys of an example. */
export function keysOf(example: CommandExample): string[] {
  return [...new Set(example.keys.map((index) => String(example.wire[index])))];
}
