import assert from 'node:assert/strict';
import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { after, before, test } from 'node:test';
import { certificate } from '../support/certificates';
import { atExit } from '../support/cleanup';
import { startServer, type TestServer } from '../support/server';

/** A user without rights: the limit of processes does not hold for root. */
const NOBODY = '65534';
const PROGRAM = join(__dirname, 'programs', 'no-threads.js');
const CANNOT = process.platform === 'linux' && existsSync('/usr/bin/prlimit') && existsSync('/usr/bin/setpriv')
  ? false
  : 'needs prlimit and setpriv of util-linux';

interface Line {
  error?: string;
  code?: string;
  answer?: string;
}

let server: TestServer;
before(async () => {
  server = await startServer({ tls: true, unixSocket: true, args: ['--unixsocketperm', '777'] });
  chmodSync(dirname(server.path as string), 0o755);
});
after(() => server.stop());

/** Commands run as a user that limits hold for. */
const AS_USER = process.getuid?.() === 0 ? ['--reuid', NOBODY, '--regid', NOBODY, '--clear-groups', '--inh-caps=-all'] : [];

/** Runs the program with a limit of threads that is reached already, and lifts it after the first error. */
async function run(socket: object, env: NodeJS.ProcessEnv = {}): Promise<{ lines: Line[]; code: number | null; stderr: string }> {
  const child: ChildProcessByStdio<Writable, Readable, Readable> = spawn(
    'setpriv', [...AS_USER, '--pdeathsig', 'KILL', process.execPath, PROGRAM, JSON.stringify(socket)],
    { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...env } },
  );
  const kill = atExit(() => child.kill('SIGKILL'));
  try {
    const ended = once(child, 'close');
    let stderr = '';
    child.stderr.on('data', (chunk) => { stderr += String(chunk); });
    const lines: Line[] = [];
    for await (const line of createInterface(child.stdout)) {
      const said = JSON.parse(line) as Line | 'waiting';
      if (said === 'waiting') {
        limit(child.pid as number, '1');
        child.stdin.write('go\n');
        continue;
      }
      lines.push(said);
      if (said.error !== undefined && lines.length === 1) limit(child.pid as number, 'unlimited');
    }
    const [code] = (await ended) as [number | null];
    return { lines, code, stderr };
  } finally {
    kill();
  }
}

/** Sets the soft limit of a process. A user has more threads than one: nothing can be started then. */
function limit(pid: number, threads: string): void {
  const hard = /^Max processes +\S+ +(\S+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'latin1'))?.[1];
  execFileSync('setpriv', [...AS_USER, 'prlimit', '--pid', String(pid), `--nproc=${threads === 'unlimited' ? hard : threads}:`]);
}

/** Errors as long as there is no thread, then an answer; the process lives. */
async function servedAfterErrors(socket: object, env?: NodeJS.ProcessEnv): Promise<void> {
  const { lines, code, stderr } = await run(socket, env);
  assert.equal(stderr, '');
  assert.equal(code, 0);
  assert.ok(lines.length >= 2, JSON.stringify(lines));
  for (const line of lines.slice(0, -1)) {
    assert.deepEqual(line, {
      error: 'no thread can be started (EAGAIN): the limit of processes, descriptors or memory is reached',
      code: 'OXREDIS_NO_THREAD',
    });
  }
  assert.deepEqual(lines.at(-1), { answer: 'PONG' });
}

for (const [what, options] of [
  ['an IP address', () => ({ host: '127.0.0.1', port: server.port })],
  ['a UNIX socket', () => ({ path: server.path })],
] as const) {
  test(`without a thread to be had, ${what} is connected to all the same`, { skip: CANNOT }, async () => {
    const { lines, code, stderr } = await run({ ...options(), transport: 'uv' }, { OXREDIS_TRANSPORT: '' });
    assert.deepEqual({ lines, code, stderr }, { lines: [{ answer: 'PONG' }], code: 0, stderr: '' });
  });
}

test('a host name waits for a thread, with an error for each attempt', { skip: CANNOT }, () =>
  servedAfterErrors({ host: 'localhost', port: server.port }));

test('a pump waits for a thread, with an error for each attempt', { skip: CANNOT }, () =>
  servedAfterErrors({ host: '127.0.0.1', port: server.port, transport: 'pump' }));

test('TLS waits for a thread, with an error for each attempt', { skip: CANNOT }, () =>
  servedAfterErrors({ host: '127.0.0.1', port: server.tlsPort, tls: true, ca: certificate('server').ca }));
