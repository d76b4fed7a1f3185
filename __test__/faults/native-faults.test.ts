/** A fault inside of native code ends the call or the connection that it happened in; the process and the client go on. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  FAULT_IN_BATCH, FAULT_IN_CALL, FAULT_IN_LOOK_UP, FAULT_IN_READ, FAULT_IN_REPORT, FAULT_IN_TIMER,
} from '../../lib/wire/boundary.generated';
import { engine } from '../../lib/wire/engine';
import { startServer, type TestServer } from '../support/server';
import { connected, errorOf, nextEvent, notHanging, TRANSPORTS, unsettled } from './client';

let server: TestServer;
before(async () => {
  server = await startServer();
});
after(() => server.stop());

for (const transport of TRANSPORTS) {
  test(`in a call: it gets an error, and the client works again (${transport})`, async () => {
    const { client } = await connected(server.port, { socket: { transport } });
    const reconnected = nextEvent(client, 'ready');
    engine().native.provokeFault(FAULT_IN_CALL);
    const error = await errorOf(client.subscribe('news', () => undefined));
    assert.match(error.message, /failed inside/);
    assert.equal(typeof error.code, 'string');
    // What was half done is not trusted.
    await reconnected;
    assert.equal(await notHanging(client.ping()), 'PONG');
    assert.equal(unsettled(), 0);
    client.destroy();
  });

  test(`while a batch is taken: its commands fail, each once (${transport})`, async () => {
    const { client, errors } = await connected(server.port, { socket: { transport } });
    engine().native.provokeFault(FAULT_IN_BATCH);
    const reconnected = nextEvent(client, 'ready');
    const [one, other] = await Promise.all([errorOf(client.set('a', '1')), errorOf(client.get('a'))]);
    assert.deepEqual([one.code, one.command, other.code, other.command], ['OXREDIS_INTERNAL', 'SET', 'OXREDIS_INTERNAL', 'GET']);
    await reconnected;
    assert.equal((errors[0] as { code?: string }).code, 'OXREDIS_INTERNAL');
    assert.equal(await client.ping(), 'PONG');
    assert.equal(unsettled(), 0);
    client.destroy();
  });

  for (const [what, place] of [['reading', FAULT_IN_READ], ['the timer', FAULT_IN_TIMER]] as const) {
    test(`in ${what}: the connection is lost (${transport})`, async () => {
      const { client, errors } = await connected(server.port, { socket: { transport } });
      const reconnected = nextEvent(client, 'ready');
      engine().native.provokeFault(place);
      if (place === FAULT_IN_TIMER) engine().native.tick();
      else assert.equal((await errorOf(client.ping())).code, 'OXREDIS_INTERNAL');
      await reconnected;
      assert.equal((errors[0] as { code?: string }).code, 'OXREDIS_INTERNAL');
      assert.equal(await client.ping(), 'PONG');
      assert.equal(unsettled(), 0);
      client.destroy();
    });
  }
}

test('in a report of the I/O thread: the connections are lost', async () => {
  const { client, errors } = await connected(server.port, { socket: { transport: 'pump' } });
  const reconnected = nextEvent(client, 'ready');
  engine().native.provokeFault(FAULT_IN_REPORT);
  assert.equal((await errorOf(client.ping())).code, 'OXREDIS_INTERNAL');
  await reconnected;
  assert.equal(errors.length, 1);
  assert.equal(await client.ping(), 'PONG');
  client.destroy();
});

test('in a look-up of a cache: the read goes to the server', async () => {
  const { client } = await connected(server.port, { RESP: 3, clientSideCache: { ttl: 0, maxEntries: 0 } });
  await client.set('cached', '1');
  engine().native.provokeFault(FAULT_IN_LOOK_UP);
  assert.equal(await notHanging(client.get('cached')), '1');
  assert.equal(await client.get('cached'), '1');
  client.destroy();
});
