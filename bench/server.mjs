/** Starts a redis-server for the benchmark on free loopback ports, with TLS if its build and openssl support it. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { makeCertificates } from './certificates.mjs';

const HOST = '127.0.0.1';

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = net.createServer();
    probe.once('error', reject);
    probe.listen(0, HOST, () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

function binary() {
  for (const name of ['redis-server', 'valkey-server']) {
    try {
      return { name, version: execFileSync(name, ['--version'], { encoding: 'utf8' }).trim() };
    } catch { /* try the next name */ }
  }
  throw new Error('no redis-server in PATH: install Redis or Valkey to run the benchmark');
}

/** Starts a process. Resolves when it accepts connections, rejects with its output if it ends before. */
function launch(name, args, directory) {
  const child = spawn(name, args, { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] });
  return new Promise((resolve, reject) => {
    let output = '';
    const read = data => {
      output = (output + data).slice(-4000);
      if (/ready to accept connections/i.test(output)) resolve(child);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('error', reject);
    child.once('exit', code => reject(new Error(`${name} ended with code ${code}:\n${output}`)));
  });
}

/**
 * Starts the server.
 * @returns {Promise<{host: string, port: number, tls?: {port: number, ca: string}, version: string, stop(): Promise<void>}>}
 */
export async function startServer() {
  const { name, version } = binary();
  const directory = mkdtempSync(path.join(os.tmpdir(), 'oxredis-bench-'));
  const port = await freePort();
  const plain = [
    '--bind', HOST, '--port', String(port), '--save', '', '--appendonly', 'no', '--dir', directory,
    '--client-output-buffer-limit', 'pubsub 0 0 0'
  ];
  const certificates = makeCertificates(directory);
  let child;
  let tls;
  if (certificates) {
    tls = { port: await freePort(), ca: certificates.ca };
    const secure = [
      '--tls-port', String(tls.port), '--tls-cert-file', certificates.certFile, '--tls-key-file', certificates.keyFile,
      '--tls-ca-cert-file', certificates.caFile, '--tls-auth-clients', 'no'
    ];
    child = await launch(name, [...plain, ...secure], directory).catch(() => { tls = undefined; });
  }
  child ??= await launch(name, plain, directory);
  const last = () => {
    child.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  };
  process.once('exit', last);
  const stop = async () => {
    process.removeListener('exit', last);
    const ended = new Promise(resolve => child.once('exit', resolve));
    if (child.exitCode === null) {
      child.kill('SIGTERM');
      await ended;
    }
    rmSync(directory, { recursive: true, force: true });
  };
  return { host: HOST, port, tls, version: `${name} ${/v=([\d.]+)/.exec(version)?.[1] ?? version}`, stop };
}
