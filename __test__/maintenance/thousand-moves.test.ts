/** A client that moves a thousand times holds no more than one that has moved a hundred times. */
import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '../support/until';
import { afterwards, serve } from './stage';

const MOVES = 1000;
const WARM = 200;
/** What the heap and the process may grow by between the two, in bytes: less than 2 KB and 10 KB for each move. */
const MOST = { heapUsed: 1.5e6, external: 1e6, rss: 8e6 };

interface Held {
  rss: number;
  heapUsed: number;
  external: number;
  descriptors: number;
  resources: number;
  problems: string[];
}

async function ask(child: ChildProcess): Promise<Held> {
  const answer = once(child, 'message');
  child.send('what do you hold?');
  return (await answer)[0] as Held;
}

for (const transport of ['uv', 'pump']) {
  test(`${MOVES} moves (${transport})`, { skip: process.platform !== 'linux' && 'reads /proc' }, async () => {
    const { a, b, servers } = await serve();
    const child = fork(join(__dirname, 'programs', 'moving.js'), [String(a.port), transport], { execArgv: ['--expose-gc'] });
    const ended = once(child, 'exit');
    afterwards(() => child.kill('SIGKILL'));
    await once(child, 'message');
    let first: Held | undefined;
    for (let i = 0; i < MOVES; i++) {
      const [from, to] = i % 2 === 0 ? [a, b] : [b, a];
      from.moving(i, to, 30);
      await until(() => from.open.length === 0 && to.open.length === 1, `move ${i}`);
      // What the servers record is not the matter here.
      for (const { commands } of servers.endpoints.flatMap(({ server }) => server.connections)) commands.length = 0;
      servers.keys.executed.length = 0;
      if (i === WARM) first = await ask(child);
    }
    const last = await ask(child);
    assert.deepEqual(last.problems, []);
    assert.ok(first !== undefined);
    const report = `${JSON.stringify(first)} ${JSON.stringify(last)}`;
    assert.ok(last.descriptors <= first.descriptors + 2, report);
    assert.ok(last.resources <= first.resources + 2, report);
    for (const what of ['heapUsed', 'external', 'rss'] as const) assert.ok(last[what] - first[what] <= MOST[what], `${what}: ${report}`);
    child.send('end');
    assert.deepEqual(await ended, [0, null]);
    await until(() => servers.open === 0, 'the end of all sockets');
  });
}
