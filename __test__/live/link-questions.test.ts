/** What a link asks when it connects, and what it knows without asking. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { linkOptions } from '../../lib/client/connection/link-options';
import { EngineLink } from '../../lib/wire/link';
import type { Credentials, Endpoint, LinkHandlers, LinkOptions } from '../../lib/wire/link-types';
import { startScriptedServer, type ScriptedServer } from '../support/scripted-server';
import { until } from '../support/until';

const servers: ScriptedServer[] = [];
after(() => Promise.all(servers.map((server) => server.stop())));

async function server(): Promise<ScriptedServer> {
  const started = await startScriptedServer();
  servers.push(started);
  return started;
}

/** A link that tries again at once, and what it told. */
function scene(own: Partial<LinkHandlers>): { link: EngineLink; told: string[]; open(options: Partial<LinkOptions>): void } {
  const told: string[] = [];
  const ignore = (): void => undefined;
  const link: EngineLink = new EngineLink({
    connected: () => void told.push('connected'),
    ready: () => void told.push('ready'),
    disconnected: (error, retries, wasReady) => {
      told.push(`disconnected ${(error as { code?: string }).code} ${retries} ${wasReady}`);
      link.retry(0);
    },
    reconnecting: () => void told.push('reconnecting'),
    ended: ignore,
    credentials: () => {
      throw new Error('nobody has to be asked');
    },
    pushed: ignore,
    monitored: ignore,
    shardedChannelMoved: ignore,
    failed: ignore,
    ...own,
  });
  const open = (options: Partial<LinkOptions>): void => link.open({ ...linkOptions({}), ...options });
  return { link, told, open };
}

const isReady = (told: string[], times: number) => until(() => told.filter((word) => word === 'ready').length === times, `ready ${times} times`);

test('each attempt asks where to connect to, and goes there', async () => {
  const [first, second] = [await server(), await server()];
  const places: (() => Endpoint | Promise<Endpoint>)[] = [
    () => ({ host: '127.0.0.1', port: first.port }),
    () => {
      throw Object.assign(new Error('no primary is known'), { code: 'NO_PRIMARY' });
    },
    async () => ({ host: '127.0.0.1', port: second.port }),
  ];
  const { link, told, open } = scene({ knownCredentials: () => ({}) });
  open({ port: 1, endpoint: () => (places.shift() as () => Endpoint)() });
  await isReady(told, 1);
  first.last.socket.destroy();
  await isReady(told, 2);
  assert.deepEqual([first.connections.length, second.connections.length], [1, 1]);
  const [lost, ...rest] = told.slice(2);
  assert.match(lost as string, /^disconnected .* 0 true$/);
  assert.deepEqual(rest, ['reconnecting', 'disconnected NO_PRIMARY 1 false', 'reconnecting', 'connected', 'ready']);
  link.destroy();
});

test('credentials that are known are sent without a question, as they are when an attempt begins', async () => {
  const there = await server();
  let known: Credentials = { username: 'u', password: 'first' };
  const { link, told, open } = scene({ knownCredentials: () => known });
  open({ host: '127.0.0.1', port: there.port });
  await isReady(told, 1);
  known = { username: 'u', password: 'second' };
  there.last.socket.destroy();
  await isReady(told, 2);
  const hellos = there.connections.map(({ commands }) => commands[0]?.slice(0, 5));
  assert.deepEqual(hellos, [['HELLO', '3', 'AUTH', 'u', 'first'], ['HELLO', '3', 'AUTH', 'u', 'second']]);
  link.destroy();
});

test('credentials that are not known are asked for', async () => {
  const there = await server();
  let asked = 0;
  const { link, told, open } = scene({ knownCredentials: () => undefined, credentials: async () => ({ password: `p${++asked}` }) });
  open({ host: '127.0.0.1', port: there.port });
  await isReady(told, 1);
  assert.deepEqual(there.last.commands[0]?.slice(0, 5), ['HELLO', '3', 'AUTH', 'default', 'p1']);
  link.destroy();
});
