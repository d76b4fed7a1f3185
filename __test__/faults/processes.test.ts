import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startServer, type TestServer } from '../support/server';
import { TRANSPORTS } from './client';
import { runProgram } from './run-program';
import type { Way } from './programs/exits';

let server: TestServer;
before(async () => {
  server = await startServer();
});
after(() => server.stop());

/** Ways that end by themselves, with the program's last words. */
const ENDS: Way[] = [
  'close', 'quit', 'destroy', 'unref', 'unref before connect', 'unref in flight', 'unref while reconnecting', 'give up', 'never connected',
  'destroy while connecting', 'await using', 'destroy in a listener', 'throw in a listener',
  'uncaught exceptions', 'many clients',
];
/** Ways that process.exit() ends. */
const EXITS: Way[] = ['exit in flight', 'exit while connecting', 'exit in a continuation', 'exit in a listener', 'exit in an event'];

for (const transport of TRANSPORTS) {
  for (const way of ENDS) {
    test(`a program ends by itself: ${way} (${transport})`, async () => {
      const ended = await runProgram('exits.js', `${server.port}`, transport, way);
      assert.deepEqual(ended, { code: 0, signal: null, stdout: 'end\n', stderr: '' });
    });
  }

  for (const way of EXITS) {
    test(`process.exit() is clean: ${way} (${transport})`, async () => {
      for (let turn = 0; turn < 3; turn++) {
        const { code, signal, stderr } = await runProgram('exits.js', `${server.port}`, transport, way);
        assert.deepEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: '' });
      }
    });
  }
}
