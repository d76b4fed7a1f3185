/** What a caller keeps of a reply keeps little else alive. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startServer, type TestServer } from '../support/server';
import { runProgram } from './run-program';

/** Bytes that a kept string of 20 characters may take. */
const MOST = 256;

let server: TestServer;
before(async () => {
  server = await startServer();
});
after(() => server.stop());

test(`a short string of a large reply takes at most ${MOST} bytes`, async () => {
  const { code, stdout, stderr } = await runProgram('retained.js', `${server.port}`);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  const kinds = stdout.trim().split('\n').map((line) => line.split(/ (.*)/) as [string, string]);
  assert.equal(kinds.length, 15, stdout);
  assert.deepEqual(kinds.filter(([bytes]) => Number(bytes) > MOST), [], stdout);
});
