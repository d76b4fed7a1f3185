import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { startServer } from '../support/server';
import { connected, errorOf, notHanging, outcome, TRANSPORTS, unsettled, type Client, type FaultError } from './client';

const KILLS = 100;
/** Replies that each client gets between two kills. */
const REPLIES = 150;
/** Bursts that each client has under way. */
const BURSTS = 8;
/** Memory that may be left of it all, in bytes: a leak of one socket's buffers for each kill would be more. */
const MOST_GROWTH = 150e6;

/** Open descriptors of this process, where the system tells. */
function descriptors(): number {
  return existsSync('/proc/self/fd') ? readdirSync('/proc/self/fd').length : 0;
}

/** What commands may fail with while their server is killed. */
function isLoss({ code, message }: FaultError): boolean {
  return code === 'OXREDIS_SOCKET_CLOSED' || code === 'ECONNRESET' || code === 'EPIPE' || message.startsWith('LOADING');
}

/** Keeps a server busy, and checks that replies are the right ones, in order. */
class Load {
  /** Replies so far. */
  answered = 0;
  lost = 0;
  /** Rejects when a reply was wrong. */
  readonly failed: Promise<never>;
  #stopped = false;
  readonly #running: Promise<void>[];

  constructor(private readonly client: Client, private readonly name: string) {
    this.#running = Array.from({ length: BURSTS }, (_, index) => this.#bursts(index));
    this.failed = new Promise((_, reject) => {
      for (const running of this.#running) running.catch(reject);
    });
    this.failed.catch(() => undefined);
  }

  stop(): Promise<unknown> {
    this.#stopped = true;
    return Promise.all(this.#running);
  }

  async #bursts(index: number): Promise<void> {
    const key = `kill:${this.name}:${index}`;
    let last = 0;
    for (let round = 0; !this.#stopped; round++) {
      const word = `${key}:${round}`;
      const [one, two, echo, both] = await Promise.all([
        outcome(this.client.incr(key)), outcome(this.client.incr(key)), outcome(this.client.echo(word)),
        outcome(this.client.multi().incr(key).echo(word).exec()),
      ]);
      const [three, echoed] = (both.value ?? []) as [number?, string?];
      for (const count of [one.value, two.value, three] as (number | undefined)[]) {
        if (count === undefined) continue;
        assert.ok(count > last, `${key} went from ${last} to ${count}`);
        last = count;
      }
      if (echo.error === undefined) assert.equal(echo.value, word);
      if (both.error === undefined) assert.equal(echoed, word);
      this.#count([one, two, echo, both].map(({ error }) => error));
      // A failed burst comes back without a turn of the loop.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #count(errors: readonly (FaultError | undefined)[]): void {
    for (const error of errors) {
      if (error === undefined) {
        this.answered++;
      } else {
        assert.ok(isLoss(error), error.stack);
        this.lost++;
      }
    }
  }
}

test(`${KILLS} kills under load: nothing hangs, nothing leaks, order is kept`, async () => {
  // The counters outlive a kill: what was answered was written to the file.
  const server = await startServer({ args: ['--appendonly', 'yes', '--appendfsync', 'no'] });
  const { client: subscriber } = await connected(server.port);
  const received: string[] = [];
  await subscriber.subscribe('kill:news', (message) => received.push(message));
  const clients = await Promise.all(TRANSPORTS.map((transport) => connected(server.port, { socket: { transport } })));
  const loads = clients.map(({ client }, index) => new Load(client, TRANSPORTS[index] as string));
  let before = { memory: 0, descriptors: 0 };
  for (let kill = 0; kill < KILLS; kill++) {
    if (kill === 10) before = { memory: process.memoryUsage().rss, descriptors: descriptors() };
    const goals = loads.map(({ answered }) => answered + REPLIES);
    const progress = async (): Promise<void> => {
      while (loads.some(({ answered }, index) => answered < (goals[index] as number))) await new Promise((resolve) => setImmediate(resolve));
    };
    await notHanging(Promise.race([progress(), ...loads.map((load) => load.failed)]));
    await server.restart();
  }
  await notHanging(Promise.all(loads.map((load) => load.stop())));
  assert.equal(unsettled(), 0);
  const growth = process.memoryUsage().rss - before.memory;
  assert.ok(growth < MOST_GROWTH, `${growth} bytes more`);
  assert.ok(descriptors() - before.descriptors < 10, `${descriptors() - before.descriptors} descriptors more`);
  for (const [index, { client, errors }] of clients.entries()) {
    assert.equal(client.socketEpoch >= KILLS, true);
    assert.ok((loads[index] as Load).lost > 0);
    assert.ok(errors.length >= KILLS && client.isReady);
  }
  while (received.length === 0) {
    await clients[0]?.client.publish('kill:news', 'still here');
  }
  assert.equal(received[0], 'still here');
  for (const { client } of clients) await notHanging(client.close());
  subscriber.destroy();
  assert.equal(unsettled(), 0);
  await server.stop();
});

for (const transport of TRANSPORTS) {
  test(`a server that stands still: deadlines and signals end the wait, and late replies are dropped (${transport})`, async () => {
    const server = await startServer();
    const { client, errors } = await connected(server.port, { socket: { transport } });
    await client.set('still', 'here');
    server.pause();
    const controller = new AbortController();
    const hurried = client.withCommandOptions({ deadline: 50 });
    const watched = client.withCommandOptions({ abortSignal: controller.signal, abortInFlight: true });
    const patient = outcome(client.get('still'));
    const late = Array.from({ length: 100 }, (_, index) => errorOf(hurried.set('still', `late ${index}`)));
    const aborted = Array.from({ length: 100 }, () => errorOf(watched.get('still')));
    for (const { code, phase } of await Promise.all(late)) assert.deepEqual([code, phase], ['OXREDIS_TIMEOUT', 'written']);
    controller.abort();
    for (const { code, phase } of await Promise.all(aborted)) assert.deepEqual([code, phase], ['OXREDIS_ABORTED', 'written']);
    server.resume();
    assert.deepEqual(await patient, { value: 'here' });
    assert.equal(await client.get('still'), 'late 99');
    assert.deepEqual(errors, []);
    assert.equal(unsettled(), 0);
    client.destroy();
    await server.stop();
  });

  test(`a server that stands still: destroy() and close({timeout}) do not wait for it (${transport})`, async () => {
    const server = await startServer();
    const made = await Promise.all([1, 2].map(() => connected(server.port, { socket: { transport } })));
    server.pause();
    const waiting = made.map(({ client }) => errorOf(client.get('a')));
    made[0]?.client.destroy();
    await notHanging(made[1]?.client.close({ timeout: 20 }) ?? Promise.resolve());
    for (const { code } of await Promise.all(waiting)) assert.equal(code, 'OXREDIS_CLIENT_DESTROYED');
    assert.equal(unsettled(), 0);
    server.resume();
    await server.stop();
  });
}
