import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RESP_TYPES } from '../../lib/wire/resp-types';
import { reply } from '../support/resp';
import { SILENCE, type Answer, type ScriptedConnection } from '../support/scripted-server';
import { connected, errorOf, nextEvent, notHanging, outcome, scripted, TRANSPORTS, unsettled } from './client';

/** A server that answers `GET bad` with these bytes, after it has answered what came before. */
function serverThatSays(bytes: string | Buffer, then?: (connection: ScriptedConnection) => void) {
  const onCommand = ([name, key]: string[], connection: ScriptedConnection): Answer => {
    if (name !== 'GET' || connection.index > 0) return undefined;
    if (key === 'one') return reply.bulk('first');
    if (key !== 'bad') return SILENCE;
    connection.send(bytes);
    then?.(connection);
    return SILENCE;
  };
  return scripted({ onCommand });
}

const levels = (count: number): string => '*1\r\n'.repeat(count) + ':1\r\n';

/** What no server may send, and what the error says. */
const BROKEN: Record<string, [bytes: string, message: RegExp]> = {
  'an unknown type': ['@1\r\n', /^Unknown RESP type 64 "@"$/],
  'another protocol': ['HTTP/1.1 400 Bad Request\r\n\r\n', /^Unknown RESP type 72 "H"$/],
  zeros: ['\0'.repeat(100), /^Unknown RESP type 0 "\0"$/],
  'a string beyond 2 GB': ['$2147483648\r\n', /2147483648 bytes exceeds the limit/],
  'a string of absurd length': ['$99999999999999999999\r\n', /exceeds the limit|expected/],
  'too many elements': ['*134217729\r\n', /134217729 elements exceeds the limit of 134217728/],
  'too many pairs': ['%134217728\r\n', /exceeds the limit/],
  'nesting without end': [levels(257), /nested more than 256 levels deep/],
  'a number that is none': [':12x4\r\n', /Invalid RESP reply of type ":"/],
  'a length that is none': ['$x\r\n', /Invalid RESP reply of type "\$"/],
  'a negative length': ['$-2\r\n', /Invalid RESP reply/],
  'a negative count': ['*-2\r\n', /Invalid RESP reply/],
  'a string that is longer than it says': ['$3\r\nabcdef\r\n', /Invalid RESP reply of type "\$"/],
  'a boolean that is none': ['#x\r\n', /Invalid RESP reply of type "#"/],
  'a streamed string': ['$?\r\n;4\r\nabcd\r\n;0\r\n', /Streamed RESP type/],
  'garbage inside of an array': ['*3\r\n:1\r\n$2\r\nab\r\n&\r\n', /Unknown RESP type 38 "&"/],
};

for (const transport of TRANSPORTS) {
  for (const [what, [bytes, message]] of Object.entries(BROKEN)) {
    test(`${what} ends the connection, and the next one works (${transport})`, async () => {
      const server = await serverThatSays(bytes);
      const { client, errors } = await connected(server.port, { socket: { transport } });
      const again = nextEvent(client, 'ready');
      const [first, bad, behind] = [client.get('one'), client.get('bad'), client.get('behind')];
      assert.equal(await notHanging(first), 'first');
      for (const promise of [bad, behind]) {
        const error = await errorOf(promise);
        assert.match(error.message, message);
        assert.deepEqual([error.code, error.command, error.phase], ['OXREDIS_PROTOCOL', 'GET', 'written']);
        assert.equal(error.cause, errors[0]);
      }
      assert.match(errors[0]?.message ?? '', message);
      await again;
      assert.equal(await client.get('x'), 'OK');
      assert.equal(errors.length, 1);
      assert.equal(unsettled(), 0);
      client.destroy();
      await server.stop();
    });
  }
}

/** What may be the start of something valid, and is cut there. */
const HALF = ['$', '$10\r\n', '$10\r\nabc', '*3\r\n:1\r\n', ':12', '+OK\r', '%1\r\n+a\r\n', '=15\r\ntxt:', '>2\r\n+x\r\n'];

for (const transport of TRANSPORTS) {
  test(`half a reply rejects its command when the connection ends (${transport})`, async () => {
    for (const bytes of HALF) {
      for (const reset of [false, true]) {
        const server = await serverThatSays(bytes, (connection) => {
          if (reset) connection.reset();
          else connection.end();
        });
        const { client } = await connected(server.port, { socket: { transport } });
        const [first, bad] = [outcome(client.get('one')), errorOf(client.get('bad'))];
        // A reset may overtake what was sent before it.
        if (!reset) assert.deepEqual(await first, { value: 'first' });
        const { code, phase } = await bad;
        assert.ok(code === 'OXREDIS_SOCKET_CLOSED' || code === 'ECONNRESET', `${code} after ${JSON.stringify(bytes)}`);
        assert.equal(phase, 'written');
        assert.equal(await notHanging(client.get('x')), 'OK');
        client.destroy();
        await server.stop();
      }
    }
    assert.equal(unsettled(), 0);
  });

  test(`what is announced takes no memory, and a deadline ends the wait for it (${transport})`, async () => {
    for (const bytes of ['$2000000000\r\n' + 'x'.repeat(1000), '*134217728\r\n:1\r\n', '%67108864\r\n', '~100000000\r\n']) {
      const server = await serverThatSays(bytes);
      const { client } = await connected(server.port, { socket: { transport } });
      const before = process.memoryUsage().rss;
      const error = await errorOf(client.withCommandOptions({ deadline: 50 }).get('bad'));
      assert.equal(error.code, 'OXREDIS_TIMEOUT');
      assert.ok(process.memoryUsage().rss - before < 200e6, `${process.memoryUsage().rss - before} bytes for ${bytes.slice(0, 14)}`);
      const again = nextEvent(client, 'ready');
      server.last.reset();
      await again;
      assert.equal(await client.get('x'), 'OK');
      client.destroy();
      await server.stop();
    }
    assert.equal(unsettled(), 0);
  });

  test(`deep and large replies that are allowed arrive (${transport})`, async () => {
    const count = 1 << 20;
    const answers: Record<string, Answer> = {
      deep: levels(255),
      long: Buffer.concat([Buffer.from(`*${count}\r\n`), Buffer.alloc(count * 4, ':7\r\n')]),
      big: reply.bulk(Buffer.alloc(32 << 20, 'b')),
    };
    const server = await scripted({ onCommand: ([name, key]) => (name === 'GET' ? answers[key as string] : undefined) });
    const { client } = await connected(server.port, { socket: { transport } });
    let deep: unknown = await client.get('deep');
    for (let level = 0; level < 255; level++) deep = (deep as unknown[])[0];
    assert.equal(deep, 1);
    const [long, big, after] = await Promise.all([client.get('long'), client.get('big'), client.ping()]);
    assert.equal((long as unknown as number[]).length, count);
    assert.ok((long as unknown as number[]).every((value) => value === 7));
    assert.equal(big?.length, 32 << 20);
    assert.equal(after, 'PONG');
    client.destroy();
    await server.stop();
  });
}

for (const RESP of [2, 3] as const) {
  for (const transport of TRANSPORTS) {
    test(`replies arrive whole in pieces of any size (RESP${RESP}, ${transport})`, async () => {
      const values = [reply.bulk('größer'), ':42\r\n', reply.array([reply.bulk('a'), reply.array([':1\r\n'])]), '+OK\r\n', '$-1\r\n'];
      for (const size of [1, 2, 3, 7]) {
        const server = await scripted({
          onCommand: async ([name], connection) => {
            if (name !== 'EXEC') return name === 'GET' ? SILENCE : undefined;
            await connection.sendInPieces(Buffer.concat([...values.map((value) => Buffer.from(value as string)), Buffer.from('+end\r\n')]), size, 0);
            return SILENCE;
          },
        });
        const { client } = await connected(server.port, { RESP, socket: { transport } });
        const gets = values.map((_, index) => client.get(`${index}`));
        assert.equal(await notHanging(client.sendCommand(['EXEC'])), 'end');
        assert.deepEqual(await Promise.all(gets), ['größer', 42, ['a', [1]], 'OK', null]);
        client.destroy();
        await server.stop();
      }
    });

    test(`a reply without a request ends the connection: whose would the next one be? (RESP${RESP}, ${transport})`, async () => {
      const server = await serverThatSays('+mine\r\n+whose\r\n');
      const { client, errors } = await connected(server.port, { RESP, socket: { transport } });
      const again = nextEvent(client, 'ready');
      assert.equal(await notHanging(client.get('bad')), 'mine');
      await again;
      assert.match(errors[0]?.message ?? '', /belongs to no request: \+whose/);
      assert.equal(errors[0]?.code, 'OXREDIS_PROTOCOL');
      assert.equal(await client.get('x'), 'OK');
      client.destroy();
      await server.stop();
    });
  }
}

test('pushes at odd moments disturb nobody', async () => {
  const push = (...items: string[]): Buffer => reply.push(items.map((item) => reply.bulk(item)));
  const odd = [
    push('message', 'nobody', 'listens'), push('subscribe'), push('unknown', 'push'), reply.push([]), reply.push([':1\r\n']),
    reply.push([reply.bulk('sunsubscribe'), reply.bulk('moved'), ':0\r\n']),
    reply.push([reply.bulk('invalidate'), reply.nil]), push('smessage', 'nobody', 'listens'), push('pmessage', 'no*', 'nobody', 'listens'),
  ];
  const server = await scripted({
    onConnection: (connection) => connection.send(Buffer.concat(odd.slice(0, 4))),
    onCommand: ([name, key], connection) => {
      if (name !== 'GET') return undefined;
      connection.send(Buffer.concat(odd));
      return reply.bulk(key as string);
    },
  });
  const { client, errors } = await connected(server.port);
  const keys = Array.from({ length: 50 }, (_, index) => `${index}`);
  assert.deepEqual(await notHanging(Promise.all(keys.map((key) => client.get(key)))), keys);
  assert.deepEqual(errors, []);
  client.destroy();
  await server.stop();
});

test('a message without a channel is an error event, and the connection is kept', async () => {
  const server = await scripted();
  const { client, errors } = await connected(server.port);
  for (const broken of [[reply.bulk('message')], [reply.bulk('message'), reply.nil, reply.nil]]) {
    const failed = nextEvent(client, 'error');
    server.last.send(reply.push(broken));
    await failed;
    assert.equal(await client.echo('fine'), 'fine');
  }
  assert.deepEqual([errors.length, server.connections.length], [2, 1]);
  client.destroy();
  await server.stop();
});

test('in RESP2 an array that looks like a message is an answer where no message can come', async () => {
  const looks = reply.array([reply.bulk('message'), reply.bulk('a'), reply.bulk('b')]);
  const server = await serverThatSays(looks);
  const { client } = await connected(server.port, { RESP: 2 });
  assert.deepEqual(await notHanging(client.get('bad')), ['message', 'a', 'b']);
  const again = nextEvent(client, 'error');
  server.last.send(looks);
  assert.match(((await again)[0] as Error).message, /belongs to no request/);
  await nextEvent(client, 'ready');
  client.destroy();
  await server.stop();
});

test('a reply that JavaScript cannot hold rejects its command only', async () => {
  // One byte more than the longest string.
  const tooLong = 0x1fffffe8 + 1;
  const server = await scripted({
    onCommand: ([name, key]) => {
      if (name !== 'GET' || key !== 'bad') return undefined;
      return Buffer.concat([Buffer.from(`*2\r\n$1\r\na\r\n$${tooLong}\r\n`), Buffer.alloc(tooLong, 'x'), Buffer.from('\r\n')]);
    },
  });
  const { client, errors } = await connected(server.port);
  const [before, bad, behind] = [client.get('x'), errorOf(client.get('bad')), client.echo('behind')];
  assert.equal(await before, 'OK');
  const error = await bad;
  assert.match(`${error.code} ${error.message}`, /ERR_STRING_TOO_LONG|Cannot create a string/);
  assert.deepEqual([error.command, error.phase], ['GET', 'written']);
  assert.equal(await notHanging(behind), 'behind');
  const bytes = await client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer }).get('bad');
  assert.equal((bytes as unknown as Buffer[])[1]?.length, tooLong);
  assert.deepEqual(errors, []);
  client.destroy();
  await server.stop();
});
