/** Runs the same script on npm `redis` and on oxredis, and compares what it notes. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as theirs from 'redis';
import * as ours from '../../lib';
import { startServer, type ServerOptions, type TestServer } from '../support/server';
import { PATIENCE, until } from '../support/until';

/** The library under test. Both have the types of oxredis here: the scripts stay within what both do. */
export type Library = typeof ours;
export type Client = ours.RedisClientType;

/** What a script works with. */
export interface Stage {
  readonly lib: Library;
  readonly server: TestServer;
  /** Adds to the transcript. */
  note(...values: unknown[]): void;
  /** Notes what a promise comes to: its value, or class and message of its error. */
  outcome(label: string, promise: Promise<unknown>): Promise<void>;
  /** A client of the test server that is destroyed at the end. `events` notes its events; `heard: false` leaves errors unheard. */
  client(options?: ours.AnyRedisClientOptions & { events?: boolean; heard?: boolean }): Client;
  /** The same, connected. */
  connected(options?: ours.AnyRedisClientOptions & { events?: boolean }): Promise<Client>;
  /** The server's number of a client's connection. */
  idOf(client: Client): Promise<string>;
  /** Closes that connection from the server's side. */
  kill(id: string): Promise<void>;
  /** Resolves with the arguments of the next such event. */
  next(client: Client, event: string): Promise<unknown[]>;
  /** Waits until it is true. */
  until(condition: () => boolean | Promise<boolean>): Promise<void>;
}

export type Script = (stage: Stage) => Promise<void>;

/** Where oxredis differs on purpose. */
export interface Difference {
  /** For docs/migrating.md. */
  reason: string;
  /** What oxredis notes. */
  ours: unknown[][];
}

const EVENTS = ['connect', 'ready', 'error', 'reconnecting', 'terminated', 'end', 'ping-interval'];

let server: TestServer;

/** Has to be called once in a file that compares. */
export function withServer(options: ServerOptions = {}): void {
  before(async () => {
    server = await startServer(options);
  });
  after(() => server.stop());
}

/** Declares a test: the transcripts are the same, or differ as stated. */
export function same(name: string, script: Script, difference?: Difference): void {
  test(name, async () => {
    const expected = await transcript(theirs as unknown as Library, script);
    const actual = await transcript(ours, script);
    if (difference === undefined) return assert.deepEqual(actual, expected);
    assert.deepEqual(actual, difference.ours);
    assert.notDeepEqual(expected, difference.ours, `no difference any more: ${difference.reason}`);
  });
}

/** What a script notes with a library. */
export async function transcript(lib: Library, script: Script): Promise<unknown[][]> {
  const notes: unknown[][] = [];
  const clients: Client[] = [];
  await server.command('FLUSHALL');
  await server.command('SCRIPT', 'FLUSH');
  const note = (...values: unknown[]): void => void notes.push(values.map(plain));
  const client: Stage['client'] = ({ events = false, heard = true, ...options } = {}) => {
    const made = lib.createClient({
      ...options, socket: { port: server.port, host: '127.0.0.1', ...options.socket },
    }) as unknown as Client;
    clients.push(made);
    if (heard) made.on('error', () => undefined);
    if (events) for (const event of EVENTS) made.on(event, (...args: unknown[]) => note(event, ...args, made.isOpen, made.isReady));
    return made;
  };
  const stage: Stage = {
    lib, server, note, client,
    outcome: (label, promise) => promise.then((value) => note(label, value), (error: unknown) => note(label, error)),
    connected: async (options) => (await client(options).connect()) as unknown as Client,
    idOf: async (target) => String(await target.sendCommand(['CLIENT', 'ID'])),
    kill: async (id) => {
      await server.command('CLIENT', 'KILL', 'ID', id);
    },
    next: (target, event) => new Promise((resolve) => target.once(event, (...args: unknown[]) => resolve(args))),
    until,
  };
  let timer: NodeJS.Timeout | undefined;
  const overdue = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the script hangs after ${JSON.stringify(notes.slice(-3))}`)), 2 * PATIENCE);
  });
  try {
    await Promise.race([script(stage), overdue]);
  } finally {
    clearTimeout(timer);
    const transcriptLength = notes.length;
    for (const made of clients) made.destroy();
    notes.length = transcriptLength;
  }
  return notes;
}

/** Errors become class and message; what belongs to one library only is dropped. */
export function plain(value: unknown): unknown {
  if (value instanceof Error) return withoutReason(`${value.constructor.name}: ${value.message}`);
  if (typeof value === 'object' && value !== null && 'isOpen' in value) return '(client)';
  if (Array.isArray(value)) return value.map(plain);
  return value;
}

/** A text as both libraries have it: here an error says what waited, how long and why, and what is wrong with an argument; there it does not. */
export function withoutReason(text: string): string {
  return text.replace(/^(TypeError: "arguments\[\d+\]" must be of type "string \| Buffer", got) (?:null|[A-Z]\w*|array) instead\.$/, '$1 object instead.')
    .replace(/^TypeError: (?:Cannot (?:read properties of|use 'in' operator|convert undefined or null to object)|\S+ is not (?:a function|iterable)|[A-Z. ]+ cannot be made of the arguments).*$/, 'TypeError: (arguments)')
    .replace(/^(AbortError: The command was aborted): .*$/, '$1').replace(/^(TimeoutError: )\S.* waited \d+ ms to be written: .*$/, '$1');
}
