/** Pushes that nobody asked for, at every place between replies: each reply goes to its caller all the same. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClientPool, type CommandParser } from '../../lib';
import { reply } from '../support/resp';
import { startScriptedServer } from '../support/scripted-server';
import { liveStage, until } from './stage';

const stage = liveStage();

const push = (...words: string[]): string => `>${words.length}\r\n${words.map((word) => (word.startsWith(':') ? `${word}\r\n` : reply.bulk(word).toString())).join('')}`;

const UNASKED = [
  push('subscribe', 'never', ':1'), push('psubscribe', 'never', ':2'), push('ssubscribe', 'never', ':1'),
  push('unsubscribe', 'never', ':1'), push('punsubscribe', 'never', ':0'), push('sunsubscribe', 'never', ':0'),
  '>3\r\n$11\r\nunsubscribe\r\n_\r\n:0\r\n', push('message', 'never', 'x'), push('pmessage', 'n*', 'never', 'x'), push('smessage', 'never', 'x'),
  push('invalidate', 'never'), '>2\r\n$10\r\ninvalidate\r\n_\r\n', push('MOVING', ':1', ':15', '10.0.0.1:6379'), push('unheard-of'), '>0\r\n',
];

for (const transport of ['uv', 'pump'] as const) {
  test(`unasked pushes answer nothing (${transport})`, async () => {
    let turn = 0;
    const fake = await startScriptedServer({
      onCommand: ([name, word], connection) => {
        if (connection.protocol === 3) connection.send(UNASKED[turn++ % UNASKED.length] as string);
        if (name === 'ECHO') return reply.bulk(word as string);
        if (name === 'subscribe' || name === 'unsubscribe') return push(name, word as string, ':1');
        return undefined;
      },
    });
    const client = await stage.connected({ socket: { port: fake.port, transport } });
    for (let round = 0; round < 20; round++) {
      const sent: Promise<unknown>[] = Array.from({ length: 50 }, (_, index) => client.echo(`${round}:${index}`));
      sent.push(client.subscribe(`c${round}`, () => undefined), client.unsubscribe(`c${round}`));
      sent.push(client.multi().echo('in').echo('a').echo('pipeline').execAsPipeline());
      const replies = await Promise.all(sent);
      assert.deepEqual(replies.slice(0, 50), Array.from({ length: 50 }, (_, index) => `${round}:${index}`));
      assert.deepEqual(replies[52], ['in', 'a', 'pipeline']);
    }
    assert.deepEqual(client.errors, []);
    client.destroy();
    await fake.stop();
  });
}

test('a command of the user that writes SUBSCRIBE itself', async () => {
  const own = {
    own: {
      listen: {
        parseCommand: (parser: CommandParser, ...channels: string[]) => parser.push('SUBSCRIBE', ...channels),
        transformReply: undefined as unknown as () => unknown[],
      },
    },
  };
  const client = await stage.connected({ modules: own } as never);
  const namespace = (client as unknown as { own: { listen(...channels: string[]): Promise<unknown> } }).own;
  const replies = await Promise.all([client.echo('1'), namespace.listen('a', 'b'), client.echo('2'), client.echo('3')]);
  assert.deepEqual(replies, ['1', ['subscribe', 'b', 2], '2', '3']);
});

test('QUIT in a pool ends a client of it and not the pool', async () => {
  const pool = createClientPool({ socket: { host: '127.0.0.1', port: stage.server.port } }, { minimum: 1, maximum: 2 });
  const errors: Error[] = [];
  pool.on('error', (error: Error) => errors.push(error));
  await pool.connect();
  assert.equal(await pool.execute((client) => client.sendCommand(['QUIT'])), 'OK');
  assert.equal(await pool.echo('here'), 'here');
  assert.equal(await pool.sendCommand(['QUIT']), 'OK');
  assert.equal(await pool.echo('here'), 'here');
  assert.deepEqual(await pool.multi().echo('x').addCommand(['QUIT']).execAsPipeline(), ['x', 'OK']);
  await until(async () => (await pool.echo('here')) === 'here', 'the pool');
  assert.deepEqual(errors, []);
  await pool.close();
});
