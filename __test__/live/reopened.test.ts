/** A client that is opened again has what it listened to, however many attempts that takes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AnyRedisClientOptions, RedisClientType } from '../../lib';
import { startFaultProxy, type FaultProxy } from '../support/fault-proxy';
import { liveStage, next, until } from './stage';

const stage = liveStage();

interface Fault {
  begin(proxy: FaultProxy): unknown;
  /** Called when the first attempt has failed. */
  end?(proxy: FaultProxy): unknown;
}

/** How the first attempt to open the client again fails. */
const FAULTS: Record<string, Fault> = {
  'is refused': { begin: (proxy) => proxy.refuse(), end: (proxy) => proxy.accept() },
  'times out': { begin: (proxy) => proxy.blackhole(), end: (proxy) => proxy.heal() },
  'is reset': { begin: (proxy) => proxy.cutAfter(0, 'toClient', { reset: true }) },
  'is cut in its first reply': { begin: (proxy) => proxy.cutAfter(3, 'toClient') },
};

/** How the client was ended. */
const ENDS: Record<string, (client: RedisClientType, proxy: FaultProxy, giveUp: () => void) => Promise<unknown>> = {
  'given up': async (client, proxy, giveUp) => {
    giveUp();
    const terminated = next(client, 'terminated');
    proxy.killAll();
    await terminated;
  },
  closed: (client) => client.close(),
  destroyed: async (client) => client.destroy(),
};

/**
 * The client is opened again over what `fault` does, perhaps after `connect()` too (`wherever`).
 *
 * @returns how many subscribers `news` and `shard` have then
 */
async function reopened(ended: string, fault: Fault | undefined, options: AnyRedisClientOptions, wherever = false): Promise<unknown> {
  const proxy = await startFaultProxy({ port: stage.server.port });
  let givesUp = false;
  const socket = { port: proxy.port, host: '127.0.0.1', connectTimeout: 200, reconnectStrategy: () => (givesUp ? false : 1) };
  const client = stage.client({ ...options, socket } as AnyRedisClientOptions);
  try {
    await client.connect();
    const heard: string[] = [];
    const note = (message: string, channel: string): void => void heard.push(`${channel} ${message}`);
    await client.subscribe(['news', 'weather'], note);
    await client.pSubscribe('n?ws', note);
    await client.sSubscribe(['shard', 'shard2'], note);
    await ENDS[ended]?.(client as never, proxy, () => (givesUp = true));
    givesUp = false;
    await fault?.begin(proxy);
    const failed = next(client as never, 'error');
    const connecting = client.connect();
    if (fault !== undefined) {
      await Promise.race([failed, connecting]);
      await fault.end?.(proxy);
    }
    await connecting;
    const publish = async (text: string): Promise<unknown[]> =>
      [await stage.server.command('PUBLISH', 'news', text), await stage.server.command('SPUBLISH', 'shard', text)];
    const count = (line: string): number => heard.filter((one) => one === line).length;
    const isHeard = (): boolean => count('news x') >= 2 && count('shard x') >= 1;
    let counts = await publish('x');
    await until(async () => {
      if (wherever) counts = await publish('x');
      return isHeard() && (!wherever || String(counts) === '2,1');
    }, 'the messages');
    return counts;
  } finally {
    client.destroy();
    await proxy.stop();
  }
}

const OPTIONS: Record<string, AnyRedisClientOptions> = {
  '': {},
  ', disableOfflineQueue': { disableOfflineQueue: true },
  ', commandOptions.timeout': { commandOptions: { timeout: 1 } },
};

for (const ended of Object.keys(ENDS)) {
  for (const [what, options] of Object.entries(OPTIONS)) {
    for (const RESP of [2, 3] as const) {
      for (const [how, fault] of Object.entries(FAULTS)) {
        test(`subscriptions of a client that was ${ended}, whose first attempt ${how}, RESP${RESP}${what}`, async () => {
          assert.deepEqual(await reopened(ended, fault, { ...options, RESP }), [2, 1]);
        });
      }
    }
  }
}

for (const RESP of [2, 3] as const) {
  test(`subscriptions come back wherever the connection is cut, RESP${RESP}`, async () => {
    for (let bytes = 1; bytes < 700; bytes += 31) {
      const fault: Fault = { begin: (proxy) => proxy.cutAfter(bytes, 'toClient', { reset: bytes % 2 === 0 }) };
      assert.deepEqual(await reopened('closed', fault, { RESP }, true), [2, 1], `cut after ${bytes} bytes`);
    }
  });
}

test('MONITOR of a client that is opened again', async () => {
  const client = await stage.connected();
  const lines: string[] = [];
  await client.monitor((line) => lines.push(line));
  await client.close();
  await client.connect();
  await stage.server.command('SET', 'monitored', '1');
  await until(() => lines.some((line) => line.includes('monitored')), 'the line');
});

test('an unsubscription that is lost with its connection counts', async () => {
  const proxy = await startFaultProxy({ port: stage.server.port });
  const socket = { port: proxy.port, host: '127.0.0.1', reconnectStrategy: () => 1 };
  const client = stage.client({ socket, disableOfflineQueue: true } as AnyRedisClientOptions);
  try {
    await client.connect();
    const wrong: string[] = [];
    await client.subscribe(['queued', 'written', 'kept'], (_message, channel) => void wrong.push(channel));
    await client.pSubscribe('q*', (_message, channel) => void wrong.push(channel));
    proxy.blackhole();
    const written = client.unsubscribe('written');
    const lost = next(client as never, 'error');
    await proxy.refuse();
    proxy.killAll();
    await assert.rejects(written);
    await lost;
    const queued = [client.unsubscribe('queued'), client.pUnsubscribe()];
    for (const outcome of await Promise.allSettled(queued)) assert.equal(outcome.status, 'rejected');
    const ready = next(client as never, 'ready');
    proxy.heal();
    await proxy.accept();
    await ready;
    const counts = [];
    for (const channel of ['queued', 'written', 'kept']) counts.push(await stage.server.command('PUBLISH', channel, 'x'));
    assert.deepEqual(counts, [0, 0, 1]);
    await until(() => wrong.length > 0, 'the message');
    assert.deepEqual(wrong, ['kept']);
  } finally {
    client.destroy();
    await proxy.stop();
  }
});
