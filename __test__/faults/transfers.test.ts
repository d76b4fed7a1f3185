/** Callers may move the memory of a Buffer to another thread, or free it: nothing of ours may lie in it. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startServer, type TestServer } from '../support/server';
import { TRANSPORTS } from './client';
import { runProgram } from './run-program';

/** Values that are checked, over each transport. */
const CHECKS = 30_000;

let server: TestServer;
before(async () => {
  server = await startServer();
});
after(() => server.stop());

for (const [index, transport] of TRANSPORTS.entries()) {
  test(`Buffers that are moved away in the midst of replies (${transport})`, async () => {
    await server.command('FLUSHALL');
    const ended = await runProgram('transfers.js', `${server.port}`, transport, `${CHECKS}`, `${index + 1}`);
    assert.deepEqual(ended, { code: 0, signal: null, stdout: 'done\n', stderr: '' });
  });
}
