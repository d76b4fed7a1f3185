/** Thousands of commands in flight while the client moves again and again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../support/until';
import { connected, serve, WAYS } from './stage';

const COMMANDS = 10_000;
const IN_FLIGHT = 1000;
const MOVES = 20;

for (const way of WAYS) {
  test(`${COMMANDS} INCR at ${IN_FLIGHT} in flight through ${MOVES} moves: each once, in order (${way.name})`, async () => {
    const { servers, keys } = await serve(3, way);
    const [first] = servers.endpoints;
    const client = await connected(first as NonNullable<typeof first>, {}, way);
    const replies: number[] = [];
    let issued = 0;
    let moves = 0;
    const issue = async (): Promise<void> => {
      // All moves happen under load.
      while (issued < COMMANDS || moves < MOVES) {
        issued++;
        replies.push(await client.incr('n'));
      }
    };
    const work = Promise.all(Array.from({ length: IN_FLIGHT }, issue));
    const moving = (async () => {
      for (let i = 0; i < MOVES; i++) {
        const [from, to] = [servers.endpoints[i % 3], servers.endpoints[(i + 1) % 3]];
        if (from === undefined || to === undefined) break;
        from.moving(i, to);
        await until(() => from.open.length === 0 && to.open.length === 1, `move ${i}`);
        moves++;
        // The next one begins when the new server has had some of the work.
        await until(() => to.server.last.commands.length > COMMANDS / MOVES, 'work at the new server');
      }
    })();
    await Promise.all([work, moving]);
    assert.ok(issued >= COMMANDS && moves === MOVES);
    assert.deepEqual(replies, Array.from({ length: issued }, (_, i) => i + 1));
    assert.equal(keys.get('n'), String(issued));
    assert.equal(keys.executed.filter(([name]) => name === 'INCR').length, issued);
    assert.ok(servers.endpoints.every((endpoint) => endpoint.commands('INCR').length > 0), 'each server had a part of it');
    assert.deepEqual([client.errors, client.outages], [[], []]);
  });
}
