import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { reply } from '../support/resp';
import { SILENCE } from '../support/scripted-server';
import { startServer, type TestServer } from '../support/server';
import {
  clientOf, connected, errorOf, nextEvent, notHanging, outcome, scripted, TRANSPORTS, unsettled, type Client, type Outcome,
} from './client';

let server: TestServer;
before(async () => {
  server = await startServer();
});
after(() => server.stop());

/** A server that answers `GET go` with replies and messages in one piece: the replies of five GETs, a message between any two. */
function mixedServer() {
  const message = reply.push([reply.bulk('message'), reply.bulk('news'), reply.bulk('x')]);
  const subscribed = reply.push([reply.bulk('subscribe'), reply.bulk('news'), ':1\r\n']);
  const waiting: string[] = [];
  return scripted({
    onCommand: ([word, key]) => {
      const name = word?.toUpperCase();
      if (name === 'SUBSCRIBE') return subscribed;
      if (name === 'UNSUBSCRIBE') return reply.push([reply.bulk('unsubscribe'), reply.bulk('news'), ':0\r\n']);
      if (name !== 'GET') return undefined;
      waiting.push(key as string);
      if (waiting.length < 5) return SILENCE;
      return Buffer.concat(waiting.splice(0).flatMap((word) => [reply.bulk(word), message]));
    },
  });
}

const WORDS = ['a', 'b', 'c', 'd', 'e'];

/** Own replies first, then the error of the end: nobody hangs, nobody gets another's. */
function checkOutcomes(outcomes: readonly Outcome[], codes: readonly string[]): void {
  for (const [index, { value, error }] of outcomes.entries()) {
    if (error === undefined) assert.equal(value, WORDS[index]);
    else assert.ok(codes.includes(error.code ?? ''), error.stack);
  }
}

for (const transport of TRANSPORTS) {
  /** Five GETs whose replies come with messages; `listener` hears those. */
  const exchange = async (listener: (client: Client, count: number) => unknown) => {
    const mixed = await mixedServer();
    const made = await connected(mixed.port, { socket: { transport } });
    let count = 0;
    await made.client.subscribe('news', () => listener(made.client, ++count));
    const outcomes = await Promise.all(WORDS.map((word) => outcome(made.client.get(word))));
    return { ...made, outcomes, mixed, heard: () => count };
  };

  test(`a listener that destroys its client in the middle of replies (${transport})`, async () => {
    const { client, outcomes, errors, mixed } = await exchange((client) => client.destroy());
    checkOutcomes(outcomes, ['OXREDIS_CLIENT_DESTROYED']);
    assert.deepEqual([client.isOpen, errors, unsettled()], [false, [], 0]);
    await notHanging(client.connect());
    assert.equal(await client.echo('again'), 'again');
    client.destroy();
    await mixed.stop();
  });

  test(`a listener that closes its client in the middle of replies (${transport})`, async () => {
    let closing: Promise<unknown> | undefined;
    const { outcomes, errors, mixed } = await exchange((client) => (closing ??= client.close()));
    await notHanging(closing as Promise<unknown>);
    assert.deepEqual(outcomes, WORDS.map((value) => ({ value })));
    assert.deepEqual([errors, unsettled()], [[], 0]);
    await mixed.stop();
  });

  test(`a listener that throws: an error event for each message, and all goes on (${transport})`, async () => {
    const { client, outcomes, errors, mixed } = await exchange((_client, count) => {
      throw new Error(`listener ${count}`);
    });
    assert.deepEqual(outcomes, WORDS.map((value) => ({ value })));
    assert.equal(await client.echo('fine'), 'fine');
    assert.deepEqual(errors.map(({ message }) => message), [1, 2, 3, 4, 5].map((count) => `listener ${count}`));
    client.destroy();
    await mixed.stop();
  });

  test(`a listener that issues commands, subscribes and unsubscribes (${transport})`, async () => {
    const answers: Promise<unknown>[] = [];
    const { client, outcomes, errors, mixed } = await exchange((client, count) => {
      answers.push(client.echo(`${count}`), client.multi().echo('m').execAsPipeline());
      if (count === 2) answers.push(client.unsubscribe('news'));
    });
    assert.deepEqual(outcomes, WORDS.map((value) => ({ value })));
    assert.deepEqual(await notHanging(Promise.all(answers)), ['1', ['m'], '2', ['m'], undefined]);
    assert.deepEqual([errors, unsettled()], [[], 0]);
    client.destroy();
    await mixed.stop();
  });

  test(`a continuation that destroys its client (${transport})`, async () => {
    const { client } = await connected(server.port, { socket: { transport } });
    await client.mSet(WORDS.flatMap((word) => [word, word]));
    const gets = WORDS.map((word, index) => {
      const get = client.get(word);
      return outcome(index === 1 ? get.finally(() => client.destroy()) : get);
    });
    checkOutcomes(await Promise.all(gets), ['OXREDIS_CLIENT_DESTROYED']);
    assert.equal(unsettled(), 0);
  });

  for (const event of ['connect', 'ready', 'error', 'reconnecting'] as const) {
    for (const call of ['destroy', 'close'] as const) {
      test(`${call}() in a listener of ${event} (${transport})`, async () => {
        const target = await scripted();
        const { client } = clientOf(target.port, { socket: { transport, reconnectStrategy: () => 0 } });
        let ends = 0;
        client.on('end', () => ends++);
        if (event === 'error' || event === 'reconnecting') {
          await notHanging(client.connect());
          // The server has accepted it.
          await client.ping();
        }
        const ended = nextEvent(client, 'end');
        client.once(event, () => void client[call]());
        const opening = client.isOpen ? undefined : outcome(client.connect());
        const queued = outcome(client.get('a'));
        if (opening === undefined) target.last.reset();
        await ended;
        await opening;
        const { value, error } = await queued;
        assert.ok(value === 'OK' || error !== undefined);
        assert.deepEqual([client.isOpen, ends, unsettled()], [false, 1, 0]);
        await notHanging(client.connect());
        assert.equal(await client.get('a'), 'OK');
        client.destroy();
        await target.stop();
      });
    }
  }

  test(`a strategy that closes its client (${transport})`, async () => {
    for (const result of [false, 10, new Error('enough')] as const) {
      // BLPOP is never answered: it is lost with the connection, whoever is quicker.
      let asked = (): void => undefined;
      const arrived = new Promise<void>((resolve) => (asked = resolve));
      const target = await scripted({
        onCommand: ([name]) => {
          if (name !== 'BLPOP') return undefined;
          asked();
          return SILENCE;
        },
      });
      const made = clientOf(target.port, {
        socket: {
          transport,
          reconnectStrategy: () => {
            made.client.destroy();
            return result;
          },
        },
      });
      const { client } = made;
      await notHanging(client.connect());
      const ended = nextEvent(client, 'end');
      const lost = errorOf(client.blPop('a', 0));
      await notHanging(arrived);
      target.last.reset();
      await ended;
      await lost;
      assert.deepEqual([client.isOpen, unsettled()], [false, 0]);
      await target.stop();
    }
  });

  test(`destroy() while credentials or a lookup are asked for (${transport})`, async () => {
    const providers = {
      credentialsProvider: { type: 'async-credentials-provider' as const, credentials: () => (client.destroy(), Promise.resolve({})) },
    };
    const lookup = (_host: string, _options: unknown, answer: (error: null, address: string, family: number) => void): void => {
      looking.destroy();
      answer(null, '127.0.0.1', 4);
    };
    const { client } = clientOf(server.port, { ...providers, socket: { transport } });
    const { client: looking } = clientOf(server.port, { socket: { transport, host: 'a.name', lookup } });
    for (const one of [client, looking]) {
      const { error } = await outcome(one.connect());
      assert.equal(error?.code, 'OXREDIS_CLIENT_DESTROYED');
      assert.equal(one.isOpen, false);
    }
    assert.equal(unsettled(), 0);
  });
}

test('a client that is destroyed and connected again in a listener keeps the two lives apart', async () => {
  const { client } = await connected(server.port);
  for (let life = 0; life < 20; life++) {
    const again = new Promise<void>((resolve, reject) => {
      client.once('end', () => client.connect().then(() => resolve(), reject));
    });
    const lost = outcome(client.blPop('nobody', 0));
    client.destroy();
    assert.equal((await lost).error?.code, 'OXREDIS_CLIENT_DESTROYED');
    await notHanging(again);
    assert.equal(await client.echo(`${life}`), `${life}`);
  }
  client.destroy();
  assert.equal(unsettled(), 0);
});

test('clients that come and go leave no ticket, no socket and no timer', async () => {
  for (let turn = 0; turn < 30; turn++) {
    const clients = await Promise.all(Array.from({ length: 10 }, () => connected(server.port)));
    const pings = clients.map(({ client }) => client.ping());
    for (const [index, { client }] of clients.entries()) if (index % 2 === 0) client.destroy();
    const ends = clients.filter((_, index) => index % 2 === 1).map(({ client }) => client.close());
    const outcomes = await Promise.all(pings.map(outcome));
    for (const { value, error } of outcomes) assert.ok(value === 'PONG' || error?.code === 'OXREDIS_CLIENT_DESTROYED');
    await notHanging(Promise.all(ends));
  }
  assert.equal(unsettled(), 0);
  const connections = (): Promise<number> => server.command('CLIENT', 'LIST').then((list) => String(list).trim().split('\n').length);
  // The server hears of the last ends in its own time.
  while ((await connections()) > 1) await new Promise((resolve) => setImmediate(resolve));
});
