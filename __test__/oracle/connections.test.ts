import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { reply } from '../support/resp';
import { startScriptedServer, type ScriptedServer } from '../support/scripted-server';
import { same, withServer, type Client } from './compare';

withServer();

/** Both ways of oxredis to a server; npm `redis` has one. */
const TRANSPORTS = ['uv', 'pump'] as const;

/** More than the sockets between client and server take while nobody reads. */
const FLOOD = Buffer.alloc(16 * 1024 * 1024, 'x');

/** Words of data commands that a connection received; long ones by their length. */
function received(server: ScriptedServer, connection: number): unknown[] {
  return (server.connections[connection]?.commands ?? [])
    .filter(([name]) => !['HELLO', 'CLIENT', 'SELECT'].includes(String(name)))
    .map((words) => words.map((word) => (word.length > 100 ? word.length : word)));
}

/** What a client tells of its connections, by event and text. */
function story(client: Client): string[] {
  const told: string[] = [];
  for (const event of ['connect', 'ready', 'error', 'reconnecting', 'terminated', 'end']) {
    client.on(event, (error?: Error) => told.push(error === undefined ? event : `${event} ${error.constructor.name} ${error.message}`));
  }
  return told;
}

for (const transport of TRANSPORTS) {
  same(`a socket that ends while credentials are awaited is a failed attempt (${transport})`, async ({ client, note, outcome }) => {
    const server = await startScriptedServer();
    let asked = 0;
    const one = client({
      socket: { port: server.port, transport, reconnectStrategy: (retries) => (retries === 1 ? false : 1), connectTimeout: 60_000 },
      credentialsProvider: {
        type: 'async-credentials-provider',
        credentials: async () => {
          asked++;
          (await server.connection(asked)).socket.destroy();
          return new Promise<never>(() => undefined);
        },
      },
    });
    const told = story(one);
    await outcome('connect', one.connect());
    note(asked, told, one.isOpen);
    await server.stop();
  });

  same(`a chain whose head was written is lost whole, one that was not waits for the next connection (${transport})`, async (stage) => {
    const { connected, next, note, outcome, until } = stage;
    const server = await startScriptedServer({
      onCommand: ([name, key], connection) => {
        if (key === 'head') connection.stopReading();
        return name === 'EXEC' ? reply.array([reply.ok, reply.ok]) : undefined;
      },
    });
    const one = await connected({ socket: { port: server.port, transport } });
    const begun = one.multi().set('head', '1').set('long', FLOOD).set('tail', '2').execAsPipeline();
    const waiting = [one.multi().set('a', '1').set('b', '2').execAsPipeline(), one.multi().set('c', '1').set('d', '2').exec(), one.set('e', '1')];
    for (const promise of [begun, ...waiting]) promise.catch(() => undefined);
    await until(() => received(server, 0).length > 0);
    const ready = next(one, 'ready');
    server.last.socket.destroy();
    await ready;
    await outcome('begun', begun.catch(() => Promise.reject(new Error('lost'))));
    for (const promise of waiting) await outcome('waited', promise);
    note(received(server, 1));
    one.destroy();
    await server.stop();
  });

  same(`what is aborted or too late while the socket is full is not sent (${transport})`, async ({ connected, note, outcome }) => {
    const server = await startScriptedServer();
    const one = await connected({ socket: { port: server.port, transport } });
    server.last.stopReading();
    const flood = one.set('flood', FLOOD);
    await sleep(30);
    const controller = new AbortController();
    const first = one.get('first');
    const aborted = one.withAbortSignal(controller.signal).get('aborted');
    const late = one.withCommandOptions({ timeout: 20 }).get('late');
    const last = one.get('last');
    for (const promise of [aborted, late]) promise.catch(() => undefined);
    controller.abort();
    await outcome('aborted', aborted);
    await outcome('late', late);
    server.last.readAgain();
    for (const promise of [flood, first, last]) await outcome('sent', promise);
    note(received(server, 0));
    one.destroy();
    await server.stop();
  });

  same(`a write to a socket that the other side has closed (${transport})`, async ({ client, next, note, outcome }) => {
    const path = join(tmpdir(), `oxredis-epipe-${process.pid}.sock`);
    const server = await startScriptedServer({ path });
    const one = client({ socket: { path, transport } as never });
    const told = story(one);
    await one.connect();
    const ready = next(one, 'ready');
    // Its descriptor is closed at once: the write comes before anybody can read the end.
    server.last.socket.destroy();
    await outcome('written', one.set('k', 'v'));
    await ready;
    await outcome('again', one.set('k', 'v'));
    note(told);
    one.destroy();
    await server.stop();
  }, {
    reason: 'it is told as a closed socket; npm redis says `write EPIPE`. What did not leave the process runs on the next connection',
    ours: [
      // The pump has taken it over by then, and cannot say.
      ['written', transport === 'uv' ? 'OK' : 'SocketClosedUnexpectedlyError: Socket closed unexpectedly'],
      ['again', 'OK'],
      [['connect', 'ready', 'error SocketClosedUnexpectedlyError Socket closed unexpectedly', 'reconnecting', 'connect', 'ready']],
    ],
  });
}

same('auth() by hand is for its connection only', async ({ connected, idOf, kill, next, note, server }) => {
  await server.command('ACL', 'SETUSER', 'byhand', 'on', '>pw', '+@all', '~*', '&*');
  const one = await connected();
  note(await one.auth({ username: 'byhand', password: 'pw' }), await one.sendCommand(['ACL', 'WHOAMI']));
  const ready = next(one, 'ready');
  await kill(await idOf(one));
  await ready;
  note(await one.sendCommand(['ACL', 'WHOAMI']));
});

same('quit() of a RESP3 subscriber', async ({ connected, note }) => {
  const one = await connected();
  await one.subscribe('a', () => undefined);
  note(await one.quit(), one.isOpen);
});

same('quit() of a RESP2 subscriber', async ({ connected, note }) => {
  const one = await connected({ RESP: 2 });
  await one.subscribe('a', () => undefined);
  note(await one.quit(), one.isOpen);
}, { reason: 'it resolves to a string, as always; npm redis gives a Buffer', ours: [['OK', false]] });

same('the server withdraws a sharded channel', async ({ connected, next, note }) => {
  const server = await startScriptedServer({
    onCommand: ([name = '', ...channels]) => (/^ssubscribe$/i.test(name)
      ? Buffer.concat(channels.map((channel, index) => Buffer.from(`>3\r\n$10\r\nssubscribe\r\n$${channel.length}\r\n${channel}\r\n:${index + 1}\r\n`)))
      : undefined),
  });
  const one = await connected({ socket: { port: server.port } });
  const listener = (): void => undefined;
  await one.sSubscribe(['s', 't'], listener);
  await one.sSubscribe('s', listener, true);
  const moved = next(one, 'sharded-channel-moved');
  server.last.send('>3\r\n$12\r\nsunsubscribe\r\n$1\r\ns\r\n:1\r\n');
  const [channel, listeners] = await moved as [string, { buffers: Set<unknown>; strings: Set<unknown> }];
  note(channel, listeners.buffers.has(listener), listeners.strings.has(listener), [...one.getPubSubListeners('SHARDED').keys()], await one.ping());
  one.destroy();
  await server.stop();
});

same('a sharded channel that has moved before the client could subscribe to it again', async ({ connected, note, until }) => {
  const server = await startScriptedServer({
    onCommand: ([name = '', ...channels], { index }) => {
      if (!/^ssubscribe$/i.test(name)) return undefined;
      if (index > 0 && channels.includes('s')) return reply.error('MOVED 1 127.0.0.1:1');
      return Buffer.concat(channels.map((channel) => Buffer.from(`>3\r\n$10\r\nssubscribe\r\n$${channel.length}\r\n${channel}\r\n:1\r\n`)));
    },
  });
  const one = await connected({ socket: { port: server.port, reconnectStrategy: 1 } });
  await one.sSubscribe('s', () => undefined);
  const told: unknown[] = [];
  one.on('sharded-channel-moved', (channel: string, listeners: { strings: Set<unknown> }) => told.push([channel, listeners.strings.size]));
  server.last.socket.destroy();
  await until(() => one.isReady && one.getPubSubListeners('SHARDED').size === 0);
  note(told, server.connections.length);
  one.destroy();
  await server.stop();
}, {
  reason: '`sharded-channel-moved` tells of it, and the connection is kept; npm redis fails the attempt with an `error` and tells nobody but its cluster',
  ours: [[[['s', 1]], 2]],
});

same('a reply that its reader throws at', async ({ connected, note, outcome, lib }) => {
  const errors: string[] = [];
  const bad = { parseCommand: (parser: { push(...words: string[]): void }) => parser.push('PING'), transformReply: () => { throw new Error('mine'); } };
  const one = await connected({ modules: { bad: { run: bad } } } as never);
  one.on('error', (error: Error) => errors.push(error.message));
  await outcome('bad', (one as unknown as { bad: { run(): Promise<unknown> } }).bad.run());
  await outcome('next', one.ping());
  note(errors, one.isReady, lib.RESP_TYPES.MAP);
});

same('a byte that begins no reply', async ({ connected, next, note, outcome }) => {
  const server = await startScriptedServer({ onCommand: ([name], { index }) => (name === 'GET' && index === 0 ? '@bad\r\n' : undefined) });
  const one = await connected({ socket: { port: server.port } });
  const told = story(one);
  const failed = next(one, 'error');
  const lost = Promise.race([one.get('k'), sleep(100, 'pending')]);
  lost.catch(() => undefined);
  await failed;
  await outcome('lost', lost);
  await outcome('next', Promise.race([one.ping(), sleep(4000, 'pending')]));
  note(told, server.connections.length);
  one.destroy();
  await server.stop();
}, {
  reason: 'the connection is closed, what is in flight is rejected, and a new one is made; npm redis keeps the connection, and the command waits for ever',
  ours: [
    ['lost', 'Error: Unknown RESP type 64 "@"'], ['next', 'PONG'],
    [['error Error Unknown RESP type 64 "@"', 'reconnecting', 'connect', 'ready'], 2],
  ],
});
