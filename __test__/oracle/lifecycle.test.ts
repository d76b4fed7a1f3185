import { freePort } from '../support/free-port';
import { startScriptedServer } from '../support/scripted-server';
import { reply } from '../support/resp';
import type { TestServer } from '../support/server';
import { until } from '../support/until';
import { same, withServer } from './compare';

withServer();

same('connect, close, connect again', async ({ client, note, outcome }) => {
  const one = client({ events: true });
  note(one.isOpen, one.isReady, one.socketEpoch);
  const connecting = one.connect();
  note(one.isOpen, one.isReady);
  note((await connecting) === one);
  await outcome('twice', one.connect());
  await outcome('close', one.close());
  note(one.isOpen, one.isReady, one.socketEpoch);
  await outcome('closed', one.get('k'));
  await outcome('again', one.connect());
  await outcome('quit', one.quit());
  await outcome('third', one.connect());
  note(one.socketEpoch);
  one.destroy();
  one.destroy();
  note(one.isOpen);
});

same('before connect()', async ({ client, note, outcome }) => {
  const one = client({ events: true });
  await outcome('get', one.get('k'));
  await outcome('raw', one.sendCommand(['PING']));
  await outcome('multi', one.multi().get('k').exec());
  await outcome('pipeline', one.multi().get('k').execAsPipeline());
  await outcome('empty pipeline', one.multi().execAsPipeline());
  await outcome('close', one.close());
  await outcome('quit', one.quit());
  await outcome('disconnect', one.disconnect());
  note(one.destroy());
  note(typeof (one as unknown as { then?: unknown }).then);
});

/** Resolves when a client waits in a blocking command. */
async function blocked(server: TestServer): Promise<void> {
  await until(async () => /blocked_clients:1/.test(String(await server.command('INFO', 'clients'))), 'a client that waits');
}

same('close() drains', async ({ connected, note, outcome, server }) => {
  const one = await connected();
  const popped = one.blPop('list', 0);
  await blocked(server);
  const closing = one.close();
  note(one.isOpen, one.isReady);
  await outcome('new command', one.get('k'));
  await outcome('close again', one.close());
  await server.command('RPUSH', 'list', 'x');
  await outcome('popped', popped);
  await outcome('closed', closing);
});

same('destroy() rejects what runs', async ({ connected, note, outcome }) => {
  const one = await connected();
  let ends = 0;
  one.on('end', () => ends++);
  const commands = [one.blPop('list', 0), one.get('k')];
  one.destroy();
  for (const command of commands) await outcome('command', command);
  one.destroy();
  note(ends);
});

same('quit() answers after what was sent before', async ({ connected, outcome }) => {
  const one = await connected();
  const before = one.set('k', 'v');
  const quitting = one.quit();
  await outcome('set', before);
  await outcome('quit', quitting);
  await outcome('quit again', one.quit());
});

same('a killed connection comes back at once, and what was sent is rejected', async ({ connected, idOf, kill, next, note, outcome, server }) => {
  const one = await connected({ events: true, socket: { reconnectStrategy: 60_000 } });
  const id = await idOf(one);
  const popped = one.blPop('list', 0);
  popped.catch(() => undefined);
  await blocked(server);
  const started = performance.now();
  const ready = next(one, 'ready');
  await kill(id);
  await outcome('popped', popped);
  await ready;
  note(performance.now() - started < 30_000, one.socketEpoch);
  await outcome('get', one.get('k'));
});

same('what is queued while offline runs after the reconnect, in order', async ({ connected, idOf, kill, next, outcome }) => {
  const one = await connected();
  const lost = next(one, 'error');
  await kill(await idOf(one));
  await lost;
  const commands = [one.set('k', '1'), one.incr('k'), one.multi().incr('k').get('k').exec(), one.get('k')];
  for (const command of commands) await outcome('command', command);
});

same('the strategy gives up', async ({ client, note, outcome, next }) => {
  const port = await freePort();
  const masked = (promise: Promise<unknown>): Promise<unknown> =>
    promise.catch((error: Error) => {
      error.message = error.message.replace(String(port), 'PORT');
      throw error;
    });
  for (const reconnectStrategy of [false as const, () => false as const, () => new Error('mine')]) {
    const one = client({ socket: { port, reconnectStrategy } });
    const order: string[] = [];
    for (const event of ['terminated', 'error', 'end', 'reconnecting']) {
      one.on(event, (error?: Error) => order.push(`${event} ${error?.constructor.name} ${one.isOpen}`));
    }
    const ended = next(one, 'error');
    const connecting = masked(one.connect());
    const queued = masked(one.get('k'));
    await Promise.allSettled([connecting, queued]);
    await outcome('connect', connecting);
    await outcome('get', queued);
    await ended;
    note(order, one.isOpen);
    await outcome('later', one.get('k'));
  }
});

same('the strategy is asked with the number of failures and the error', async ({ client, note }) => {
  const port = await freePort();
  const seen: unknown[] = [];
  const one = client({
    socket: {
      port,
      reconnectStrategy: (retries, cause) => {
        seen.push([retries, (cause as NodeJS.ErrnoException).code]);
        return retries === 3 ? false : 0;
      },
    },
  });
  const order: string[] = [];
  for (const event of ['error', 'reconnecting', 'terminated']) one.on(event, () => order.push(event));
  await one.connect().catch(() => undefined);
  note(seen, order);
});

same('the strategy counts the loss of a connection as a failure', async ({ client, note, next }) => {
  const leaving = await startScriptedServer();
  const seen: number[] = [];
  const one = client({
    socket: { port: leaving.port, reconnectStrategy: (retries) => (seen.push(retries) > 4 ? false : 0) },
  });
  one.on('error', () => undefined);
  await one.connect();
  const terminated = next(one, 'terminated');
  await leaving.stop();
  await terminated;
  note(seen);
});

for (const [name, strategy] of [
  ['a word', () => 'nope'], ['nothing', () => undefined], ['an object', () => ({})], ['true', () => true],
  ['an exception', () => { throw new Error('thrown'); }],
] as const) {
  same(`the strategy returns ${name}`, async ({ client, note, until }) => {
    const port = await freePort();
    const one = client({ socket: { port, reconnectStrategy: strategy as unknown as () => number } });
    const errors: string[] = [];
    one.on('error', (error: Error) => errors.push(`${error.constructor.name} ${error.message.replace(String(port), 'PORT')}`));
    const connecting = one.connect().catch(() => undefined);
    await until(() => errors.length >= 2);
    note(errors.slice(0, 2));
    one.destroy();
    void connecting;
  });
}

same('without an error listener the first connect rejects at once', async ({ client, outcome }) => {
  const port = await freePort();
  const one = client({ socket: { port }, heard: false });
  await outcome('connect', one.connect().catch((error: Error) => Promise.reject(new Error(error.message.replace(String(port), 'PORT')))));
});

same('without an error listener the client is closed when the first connect fails', async ({ client, note }) => {
  const one = client({ socket: { port: await freePort() }, heard: false });
  await one.connect().catch(() => undefined);
  note(one.isOpen);
}, { reason: 'a failed connect() without an `error` listener closes the client; npm redis leaves `isOpen` true', ours: [[false]] });

same('a reconnect selects and names again', async ({ connected, idOf, kill, next, note, outcome }) => {
  const one = await connected({ name: 'mine', database: 2 });
  await one.select(5);
  let ready = next(one, 'ready');
  await kill(await idOf(one));
  await ready;
  let info = await one.clientInfo();
  note(info.db, info.name);
  await one.multi().select(3).ping().exec();
  await outcome('bad', one.select(99));
  ready = next(one, 'ready');
  await kill(await idOf(one));
  await ready;
  info = await one.clientInfo();
  note(info.db, info.name);
  await outcome('text', one.select('1' as unknown as number));
  await outcome('nothing', one.select(undefined as unknown as number));
});

same('disableOfflineQueue', async ({ client, connected, idOf, kill, next, note, outcome }) => {
  const one = client({ disableOfflineQueue: true });
  const connecting = one.connect();
  await outcome('get', one.get('k'));
  await outcome('raw', one.sendCommand(['GET', 'k']));
  await connecting;
  await outcome('ready', one.set('k', 'v'));
  const two = await connected({ disableOfflineQueue: true });
  const lost = next(two, 'error');
  await kill(await idOf(two));
  await lost;
  note(two.isOpen, two.isReady);
  await outcome('lost', two.get('k'));
});

same('commandsQueueMaxLength', async ({ connected, outcome }) => {
  const one = await connected({ commandsQueueMaxLength: 2, disableClientInfo: true, maintNotifications: 'disabled' });
  const commands = [one.ping(), one.ping(), one.ping()];
  for (const command of commands) command.catch(() => undefined);
  for (const command of commands) await outcome('ping', command);
  await outcome('later', one.ping());
});

same('pingInterval', async ({ connected, next, note }) => {
  const one = await connected({ pingInterval: 10 });
  note(await next(one, 'ping-interval'));
  note(await next(one, 'ping-interval'));
});

same('destroy() while retrying rejects connect() with the last network error', async ({ client, next, outcome }) => {
  const port = await freePort();
  const one = client({ socket: { port, reconnectStrategy: 50 } });
  const connecting = one.connect().catch((error: Error) => Promise.reject(new Error(error.message.replace(String(port), 'PORT'))));
  connecting.catch(() => undefined);
  await next(one, 'error');
  one.destroy();
  await outcome('connect', connecting);
});

same('destroy() while the handshake is stuck', async ({ client, outcome }) => {
  const mute = await startScriptedServer({ mute: true });
  const one = client({ socket: { port: mute.port } });
  const connecting = one.connect();
  connecting.catch(() => undefined);
  await mute.connection(1);
  await new Promise((resolve) => setTimeout(resolve, 20));
  one.destroy();
  await outcome('connect', connecting);
  await mute.stop();
});

same('a failed handshake is a failed attempt', async ({ client, note }) => {
  const strict = await startScriptedServer({
    onCommand: ([name]) => (name === 'HELLO' ? reply.error('WRONGPASS invalid username-password pair') : undefined),
  });
  const one = client({ username: 'u', password: 'p', socket: { port: strict.port, reconnectStrategy: false } });
  const order: string[] = [];
  for (const event of ['connect', 'ready', 'error', 'terminated']) one.on(event, (error?: Error) => order.push(`${event} ${error?.message}`));
  await one.connect().catch((error: Error) => note(error));
  note(order);
  await strict.stop();
});

same('an idle socket closes for good', async ({ connected, next, note }) => {
  const one = await connected({ socket: { socketTimeout: 60 } });
  const order: string[] = [];
  for (const event of ['terminated', 'error', 'reconnecting']) one.on(event, (error?: Error) => order.push(`${event} ${error?.message}`));
  await next(one, 'error');
  note(order, one.isOpen);
});

same('events of duplicates, and their options', async ({ connected, note }) => {
  const one = await connected({ name: 'mine', commandOptions: { asap: true } });
  const two = one.duplicate({ name: 'other' });
  note(two.isOpen, two.listenerCount('error'), two.options.name, one.options.name, two.options.commandOptions);
});
