import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './setup/paths.mjs';
import { SetupError } from './setup/run.mjs';
import { findServer } from './setup/server.mjs';

const START_TIMEOUT = 15_000;

/** Returns a free port of the loopback interface. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/**
 * Starts a private server on a free port of the loopback interface, without persistence, in a temporary folder. It is
 * stopped when this process exits, if not before.
 * @param {string[]} [args] further arguments for the server program
 * @param {number} [port] in place of a free one
 * @returns {Promise<{url: string, port: number, folder: string, stop(): Promise<void>}>}
 */
export async function startPrivateServer(args = [], port) {
  const program = findServer();
  if (!program) throw new SetupError('there is no redis-server: npm run setup installs one');
  port ??= await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'oxredis-'));
  const basics = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no'];
  const child = spawn(program, [...basics, '--unixsocket', join(folder, 's'), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const cleanUp = () => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', cleanUp);
  endOnSignals();
  try {
    await untilReady(child, program);
  } catch (error) {
    process.off('exit', cleanUp);
    cleanUp();
    throw error;
  }
  const gone = new Promise((resolve) => child.once('exit', resolve));
  const stop = async () => {
    process.off('exit', cleanUp);
    cleanUp();
    await gone;
  };
  return { url: `redis://127.0.0.1:${port}`, port, folder, stop };
}

/**
 * Starts a private server that also listens with TLS, with the certificates of the tests.
 * @returns {Promise<{env: Record<string, string>, stop(): Promise<void>}>} `env`: its address, in the variables that
 *   tests and examples read
 */
export async function startPrivateServerWithTls() {
  const certificates = join(ROOT, '__test__', 'support', 'certificates');
  const ca = join(certificates, 'ca.crt');
  const port = await freePort();
  const keys = ['--tls-cert-file', join(certificates, 'server.crt'), '--tls-key-file', join(certificates, 'server.key')];
  const server = await startPrivateServer(['--tls-port', String(port), '--tls-auth-clients', 'no', '--tls-ca-cert-file', ca, ...keys]);
  const env = {
    REDIS_URL: server.url,
    REDIS_SOCKET: join(server.folder, 's'),
    REDIS_TLS_URL: `rediss://localhost:${port}`,
    REDIS_TLS_CA: ca,
  };
  return { env, stop: server.stop };
}

let signalsHandled = false;

/** Makes the process exit on signals, so that exit hooks run. */
function endOnSignals() {
  if (signalsHandled) return;
  signalsHandled = true;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));
}

function untilReady(child, program) {
  return new Promise((resolve, reject) => {
    let log = '';
    const fail = (why) => {
      clearTimeout(timer);
      reject(new SetupError(`${program} ${why}\n${log}`));
    };
    const timer = setTimeout(() => fail(`did not start within ${START_TIMEOUT / 1000} s`), START_TIMEOUT);
    const listen = (chunk) => {
      log += chunk;
      if (!/ready to accept connections/i.test(log)) return;
      clearTimeout(timer);
      resolve();
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.once('error', (error) => fail(`cannot be started: ${error.message}`));
    child.once('exit', (code) => fail(`ended with ${code}`));
  });
}
