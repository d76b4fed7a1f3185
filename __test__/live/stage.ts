/** A private server and clients for a file of live tests; all is closed after it. */
import { after, before } from 'node:test';
import { createClient, type AnyRedisClientOptions, type RedisClientType } from '../../lib';
import { startServer, type ServerOptions, type TestServer } from '../support/server';

export { until } from '../support/until';

export interface LiveStage {
  /** The server of this file. */
  readonly server: TestServer;
  /** A client of it that is destroyed at the end, and the errors that it emits. */
  client(options?: AnyRedisClientOptions): RedisClientType & { errors: Error[] };
  /** The same, connected. */
  connected(options?: AnyRedisClientOptions): Promise<RedisClientType & { errors: Error[] }>;
}

/** Has to be called once in a file of live tests. */
export function liveStage(options: ServerOptions = {}): LiveStage {
  let server: TestServer;
  const made: RedisClientType[] = [];
  before(async () => {
    server = await startServer(options);
  });
  after(async () => {
    for (const one of made) one.destroy();
    await server.stop();
  });
  const stage: LiveStage = {
    get server() {
      return server;
    },
    client(own = {}) {
      const target = own.url === undefined && own.socket?.port === undefined && own.socket?.path === undefined;
      const socket = target ? { host: '127.0.0.1', port: server.port, ...own.socket } : own.socket;
      const errors: Error[] = [];
      const one = Object.assign(createClient({ ...own, socket }) as unknown as RedisClientType, { errors });
      one.on('error', (error: Error) => errors.push(error));
      made.push(one);
      return one;
    },
    async connected(own) {
      const one = stage.client(own);
      await one.connect();
      return one;
    },
  };
  return stage;
}

/** The arguments of the next such event. */
export function next(client: RedisClientType, event: string): Promise<unknown[]> {
  return new Promise((resolve) => client.once(event, (...args: unknown[]) => resolve(args)));
}

/** Closes a client's connection from the server's side and waits for the next one. */
export async function killed(stage: LiveStage, client: RedisClientType): Promise<void> {
  const id = String(await client.sendCommand(['CLIENT', 'ID']));
  const ready = next(client, 'ready');
  await stage.server.command('CLIENT', 'KILL', 'ID', id);
  await ready;
}
