/**
 * `npm start`: prepares the clone, starts a private server (unless REDIS_URL names one), and runs the tour or another
 * program of examples/.
 *
 *   npm start                  the tour
 *   npm start -- streams       examples/streams.mjs
 */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { startPrivateServer, startPrivateServerWithTls } from './private-server.mjs';
import { ROOT } from './setup/paths.mjs';
import { say, SetupError } from './setup/run.mjs';
import { main, setup } from './setup.mjs';

const FOLDER = join(ROOT, 'examples');

/** Returns the path of an example. @throws SetupError that lists the examples if there is none with this name */
function fileOf(name) {
  const names = readdirSync(FOLDER).filter((name) => name.endsWith('.mjs')).map((name) => name.slice(0, -4));
  if (!names.includes(name)) throw new SetupError(`there is no example ${name}; there are ${names.join(', ')}`);
  return join(FOLDER, `${name}.mjs`);
}

/**
 * Returns the server's address as environment variables: of the given server, or of a private one, with a function that
 * stops it.
 */
async function serverFor(example) {
  const { REDIS_URL: given, REDIS_TLS_URL: givenTls } = process.env;
  if (example === 'tls') return givenTls ? { env: {} } : startPrivateServerWithTls();
  if (given) return { env: {} };
  const { url, stop } = await startPrivateServer();
  return { env: { REDIS_URL: url }, stop };
}

await main(async () => {
  const example = (process.argv[2] ?? 'tour').replace(/\.mjs$/, '');
  const file = fileOf(example);
  const needsOwn = !(example === 'tls' ? process.env.REDIS_TLS_URL : process.env.REDIS_URL);
  await setup(['npm', 'addon', 'ts', ...(needsOwn ? ['server'] : [])]);
  const { env, stop } = await serverFor(example);
  say(stop ? `a private server listens on ${env.REDIS_TLS_URL ?? env.REDIS_URL}` : 'using the server that the environment names');
  try {
    const program = spawn(process.execPath, [file], { env: { ...process.env, ...env }, stdio: 'inherit' });
    const code = await new Promise((resolve, reject) => program.once('error', reject).once('exit', resolve));
    if (code !== 0) throw new SetupError(`${example} failed with exit code ${code}`);
  } finally {
    await stop?.();
  }
});
