/**
 * `npm start`: prepares the clone, starts a private server or cluster (unless REDIS_URL, REDIS_TLS_URL or
 * REDIS_CLUSTER_URLS names one), and runs the tour or another program of examples/.
 *
 *   npm start                  the tour
 *   npm start -- streams       examples/streams.mjs
 */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { startPrivateCluster } from './private-cluster.mjs';
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

/** The variable that names the server of an example. */
const variableOf = (example) => ({ tls: 'REDIS_TLS_URL', cluster: 'REDIS_CLUSTER_URLS' })[example] ?? 'REDIS_URL';

/**
 * Starts a private server for an example.
 * @returns its address as environment variables, and a function that stops it
 */
async function serverFor(example) {
  if (example === 'tls') return startPrivateServerWithTls();
  if (example === 'cluster') {
    const { urls, stop } = await startPrivateCluster();
    return { env: { REDIS_CLUSTER_URLS: urls.join(',') }, stop };
  }
  const { url, stop } = await startPrivateServer();
  return { env: { REDIS_URL: url }, stop };
}

await main(async () => {
  const example = (process.argv[2] ?? 'tour').replace(/\.mjs$/, '');
  const file = fileOf(example);
  const variable = variableOf(example);
  const needsOwn = !process.env[variable];
  await setup(['npm', 'addon', 'ts', ...(needsOwn ? ['server'] : [])]);
  const { env, stop } = needsOwn ? await serverFor(example) : { env: {} };
  say(needsOwn ? `private: ${env[variable]}` : `using what ${variable} names`);
  try {
    const program = spawn(process.execPath, [file], { env: { ...process.env, ...env }, stdio: 'inherit' });
    const code = await new Promise((resolve, reject) => program.once('error', reject).once('exit', resolve));
    if (code !== 0) throw new SetupError(`${example} failed with exit code ${code}`);
  } finally {
    await stop?.();
  }
});
