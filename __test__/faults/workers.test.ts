import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startServer, type TestServer } from '../support/server';
import { TRANSPORTS } from './client';
import { runProgram } from './run-program';

let server: TestServer;
before(async () => {
  server = await startServer();
});
after(() => server.stop());

for (const transport of TRANSPORTS) {
  for (const [end, count] of [['terminated', 100], ['closed', 10], ['exits', 20]] as const) {
    test(`${count} workers with clients, ${end} (${transport})`, async () => {
      const ended = await runProgram('workers.js', `${server.port}`, transport, end, `${count}`);
      assert.deepEqual(ended, { code: 0, signal: null, stdout: 'done\n', stderr: '' });
    });
  }
}
