/**
 * A program that uses a client and comes to its end in one of several ways. It prints `end` when it has nothing more to do.
 *
 *   node exits.js <port> <transport> <way>
 */
import { createClient } from '../../../lib/client';

const [port, transport, way] = process.argv.slice(2) as [string, 'uv' | 'pump', string];

function newClient(options: { port?: number; connectTimeout?: number } = {}) {
  const client = createClient({ socket: { host: '127.0.0.1', port: Number(port), transport, ...options } });
  return client.on('error', () => undefined);
}

type Client = ReturnType<typeof newClient>;

/** Has many commands under way, one of them for ever. */
function flood(client: Client): void {
  for (let i = 0; i < 300; i++) client.get('exits').catch(() => undefined);
  client.blPop('nobody', 0).catch(() => undefined);
}

async function busy(): Promise<Client> {
  const client = await newClient().connect();
  await client.set('exits', 'x'.repeat(10_000));
  flood(client);
  return client;
}

/** A listener that is called from the engine, in the middle of many replies. */
async function onMessage(listener: (client: Client) => void): Promise<void> {
  const client = await newClient().connect();
  const publisher = await newClient().connect();
  await client.subscribe('news', () => listener(client));
  flood(client);
  await publisher.publish('news', 'now');
  await publisher.close();
}

const WAYS = {
  close: async () => (await newClient().connect()).close(),
  quit: async () => (await newClient().connect()).quit(),
  destroy: async () => (await busy()).destroy(),
  unref: async () => (await newClient().connect()).unref(),
  'unref before connect': async () => {
    const client = newClient();
    client.unref();
    void client.connect().catch(() => undefined);
  },
  'unref in flight': async () => (await busy()).unref(),
  'unref while reconnecting': async () => {
    const client = newClient({ port: 1 });
    client.unref();
    void client.connect().catch(() => undefined);
  },
  'give up': async () => {
    const client = createClient({ socket: { host: '127.0.0.1', port: 1, reconnectStrategy: false } });
    await client.connect().catch(() => undefined);
  },
  'never connected': async () => void newClient(),
  'destroy while connecting': async () => {
    const client = newClient();
    void client.connect().catch(() => undefined);
    client.destroy();
  },
  'await using': async () => {
    const client = await newClient().connect();
    await client[Symbol.asyncDispose]();
  },
  'exit in flight': async () => {
    await busy();
    process.exit(0);
  },
  'exit while connecting': async () => {
    void newClient().connect();
    process.exit(0);
  },
  'exit in a continuation': async () => {
    const client = await newClient().connect();
    void client.ping().then(() => process.exit(0));
    flood(client);
  },
  'exit in a listener': () => onMessage(() => process.exit(0)),
  'destroy in a listener': () => onMessage((client) => client.destroy()),
  'exit in an event': async () => {
    const client = newClient();
    client.on('ready', () => process.exit(0));
    await client.connect();
  },
  'throw in a listener': () =>
    onMessage((client) => {
      client.once('error', () => client.destroy());
      throw new Error('of the listener');
    }),
  'uncaught exceptions': async () => {
    const caught: unknown[] = [];
    process.on('uncaughtException', (error) => caught.push(error.message));
    const client = newClient();
    for (const event of ['connect', 'ready']) {
      client.on(event, () => {
        throw new Error(`of ${event}`);
      });
    }
    const errors: string[] = [];
    client.removeAllListeners('error').on('error', (error: Error) => errors.push(error.message));
    await client.connect();
    void client.ping().then(() => process.nextTick(() => {
      throw new Error('of a continuation');
    }));
    if ((await client.ping()) !== 'PONG') throw new Error('no answer');
    await client.close();
    if (errors.join() !== 'of connect,of ready') throw new Error(`errors ${errors.join()}`);
    if (caught.join() !== 'of a continuation') throw new Error(`caught ${caught.join()}`);
  },
  'many clients': async () => {
    const clients = await Promise.all(Array.from({ length: 50 }, () => newClient().connect()));
    await Promise.all(clients.map((client) => client.close()));
  },
} satisfies Record<string, () => Promise<unknown>>;

export type Way = keyof typeof WAYS;

void WAYS[way as Way]().then(() => process.stdout.write('end\n'));
