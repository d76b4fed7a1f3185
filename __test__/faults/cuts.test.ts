import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startFaultProxy, type Direction, type FaultProxy } from '../support/fault-proxy';
import { startServer, type TestServer } from '../support/server';
import { connected, nextEvent, outcome, TRANSPORTS, unsettled, type Client, type Outcome } from './client';

let server: TestServer;
let proxy: FaultProxy;
before(async () => {
  server = await startServer();
  proxy = await startFaultProxy({ port: server.port });
});
after(async () => {
  await proxy.stop();
  await server.stop();
});

/** Bytes of the request `ECHO word` and of its reply, with words of five bytes. */
const ECHO = { request: '*2\r\n$4\r\nECHO\r\n$5\r\nr0000\r\n'.length, reply: '$5\r\nr0000\r\n'.length };

/** What the exchange below is made of: who waits for the reply, and the bytes of both ways. */
const STEPS = [
  ...Array.from({ length: 5 }, (_, index) => ({ promise: index, ...ECHO })),
  { promise: 5, request: '*1\r\n$5\r\nMULTI\r\n'.length, reply: '+OK\r\n'.length },
  { promise: 5, request: ECHO.request, reply: '+QUEUED\r\n'.length },
  { promise: 5, request: ECHO.request, reply: '+QUEUED\r\n'.length },
  { promise: 5, request: '*1\r\n$4\r\nEXEC\r\n'.length, reply: '*2\r\n'.length + 2 * ECHO.reply },
  ...Array.from({ length: 3 }, (_, index) => ({ promise: 6 + index, ...ECHO })),
];
const TOTAL = {
  toServer: STEPS.reduce((sum, { request }) => sum + request, 0),
  toClient: STEPS.reduce((sum, { reply }) => sum + reply, 0),
};

/** Twelve commands in one write, four of them a transaction, and what they answer. */
function exchange(client: Client, round: number): { promises: Promise<unknown>[]; expected: unknown[] } {
  const words = Array.from({ length: 10 }, (_, index) => `${index}${(round % 10_000).toString().padStart(4, '0')}`) as [string, ...string[]];
  const [a, b, ...others] = words;
  const echo = (word: string): Promise<string> => client.echo(word);
  const promises: Promise<unknown>[] = others.slice(0, 5).map(echo);
  promises.push(client.multi().echo(a).echo(b as string).exec());
  promises.push(...others.slice(5).map(echo));
  return { promises, expected: [...others.slice(0, 5), [a, b], ...others.slice(5)] };
}

/** How many promises have all their replies within the first `bytes` bytes of the replies. */
function answeredBy(bytes: number): number {
  const ends: number[] = [];
  let end = 0;
  for (const { promise, reply } of STEPS) ends[promise] = end += reply;
  return ends.filter((end) => end <= bytes).length;
}

const LOST = new Set(['OXREDIS_SOCKET_CLOSED', 'ECONNRESET', 'EPIPE']);

/** Each has its own reply or the error of the loss, and no reply overtakes a lost one. Returns how many were answered. */
function check(outcomes: readonly Outcome[], expected: readonly unknown[], where: string): number {
  let answered = 0;
  for (const [index, { value, error }] of outcomes.entries()) {
    if (error === undefined) {
      assert.deepEqual(value, expected[index], `reply ${index}, ${where}`);
      assert.equal(answered, index, `reply ${index} without the one before, ${where}`);
      answered++;
    } else {
      assert.ok(LOST.has(error.code ?? ''), `${error.stack}, ${where}`);
      assert.equal(error.phase, 'written');
    }
  }
  return answered;
}

async function cutAt(client: Client, bytes: number, direction: Direction, reset: boolean): Promise<void> {
  const where = `cut after ${bytes} bytes ${direction}`;
  // Without a handshake the client may be ready before the proxy knows of it.
  await client.ping();
  const again = nextEvent(client, 'ready');
  proxy.cutOpenAfter(bytes, direction, { reset });
  const { promises, expected } = exchange(client, bytes);
  const outcomes = await Promise.all(promises.map(outcome));
  const answered = check(outcomes, expected, where);
  if (direction === 'toClient' && !reset) assert.equal(answered, answeredBy(bytes), where);
  await again;
  assert.equal(unsettled(), 0, where);
}

test('the exchange is as long as the tests think', async () => {
  const { client } = await connected(proxy.port);
  const { toServer, toClient } = proxy.forwarded;
  const { promises, expected } = exchange(client, 7);
  assert.deepEqual(await Promise.all(promises), expected);
  assert.deepEqual([proxy.forwarded.toServer - toServer, proxy.forwarded.toClient - toClient], [TOTAL.toServer, TOTAL.toClient]);
  client.destroy();
});

for (const transport of TRANSPORTS) {
  for (const RESP of [2, 3] as const) {
    for (const direction of ['toServer', 'toClient'] as const) {
      test(`a cut at every byte ${direction} (RESP${RESP}, ${transport})`, async () => {
        const { client } = await connected(proxy.port, { RESP, socket: { transport, reconnectStrategy: () => 0 } });
        // From 1 on: with none, the client may know of the cut before it writes anything.
        for (let bytes = 1; bytes < TOTAL[direction]; bytes++) await cutAt(client, bytes, direction, bytes % 5 === 0);
        client.destroy();
      });
    }
  }
}
