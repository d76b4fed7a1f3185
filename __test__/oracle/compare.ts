/** Runs the same script on npm `redis` and on oxredis, and compares what it notes. */
import { after, before } from 'node:test';
import type * as ours from '../../lib';
import { startServer, type ServerOptions, type TestServer } from '../support/server';
import { until } from '../support/until';
import { plain, sameTranscripts, transcriptOf, type Difference, type Library, type Notebook } from './transcript';

export { withoutReason, type Difference, type Library } from './transcript';
export type Client = ours.RedisClientType;

/** What a script works with. */
export interface Stage extends Notebook {
  readonly lib: Library;
  readonly server: TestServer;
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
  sameTranscripts(name, (lib) => transcript(lib, script), difference);
}

/** What a script notes with a library. */
async function transcript(lib: Library, script: Script): Promise<unknown[][]> {
  const clients: Client[] = [];
  await server.command('FLUSHALL');
  await server.command('SCRIPT', 'FLUSH');
  return transcriptOf((notebook) => script(stageOf(lib, notebook, clients)), {
    described: plain,
    end: () => {
      for (const made of clients) made.destroy();
    },
  });
}

/** @param clients what it makes is added to them */
function stageOf(lib: Library, notebook: Notebook, clients: Client[]): Stage {
  const client: Stage['client'] = ({ events = false, heard = true, ...options } = {}) => {
    const made = lib.createClient({
      ...options, socket: { port: server.port, host: '127.0.0.1', ...options.socket },
    }) as unknown as Client;
    clients.push(made);
    if (heard) made.on('error', () => undefined);
    if (events) for (const event of EVENTS) made.on(event, (...args: unknown[]) => notebook.note(event, ...args, made.isOpen, made.isReady));
    return made;
  };
  return {
    ...notebook, lib, server, client,
    connected: async (options) => (await client(options).connect()) as unknown as Client,
    idOf: async (target) => String(await target.sendCommand(['CLIENT', 'ID'])),
    kill: async (id) => {
      await server.command('CLIENT', 'KILL', 'ID', id);
    },
    next: (target, event) => new Promise((resolve) => target.once(event, (...args: unknown[]) => resolve(args))),
    until,
  };
}
