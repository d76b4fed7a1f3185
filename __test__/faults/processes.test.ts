import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startServer, type TestServer } from '../support/server';
import { TRANSPORTS } from './client';
import type { Way } from './programs/exits';

/** Only a program that hangs takes so long. Ms. */
const HANG = 120_000;

let server: TestServer;
before(async () => {
  server = await startServer();
});
after(() => server.stop());

interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

function run(program: string, ...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [join(__dirname, 'programs', program), ...args], { timeout: HANG, killSignal: 'SIGKILL' },
      (_error, stdout, stderr) => resolve({ code: child.exitCode, signal: child.signalCode, stdout, stderr }));
  });
}

/** Ways that end by themselves, with the program's last words. */
const ENDS: Way[] = [
  'close', 'quit', 'destroy', 'unref', 'unref before connect', 'unref in flight', 'unref while reconnecting', 'give up', 'never connected',
  'destroy while connecting', 'await using', 'destroy in a listener', 'throw in a listener', 'many clients',
];
/** Ways that process.exit() ends. */
const EXITS: Way[] = ['exit in flight', 'exit while connecting', 'exit in a continuation', 'exit in a listener', 'exit in an event'];

for (const transport of TRANSPORTS) {
  for (const way of ENDS) {
    test(`a program ends by itself: ${way} (${transport})`, async () => {
      const ended = await run('exits.js', `${server.port}`, transport, way);
      assert.deepEqual(ended, { code: 0, signal: null, stdout: 'end\n', stderr: '' });
    });
  }

  for (const way of EXITS) {
    test(`process.exit() is clean: ${way} (${transport})`, async () => {
      for (let turn = 0; turn < 3; turn++) {
        const { code, signal, stderr } = await run('exits.js', `${server.port}`, transport, way);
        assert.deepEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: '' });
      }
    });
  }

  for (const [end, count] of [['terminated', 100], ['closed', 10], ['exits', 20]] as const) {
    test(`${count} workers with clients, ${end} (${transport})`, async () => {
      const ended = await run('workers.js', `${server.port}`, transport, end, `${count}`);
      assert.deepEqual(ended, { code: 0, signal: null, stdout: 'done\n', stderr: '' });
    });
  }
}
