/**
 * The quick start: prepares the clone, starts a server of its own (unless REDIS_URL names one) and runs the tour.
 *
 *   node tools/start.mjs
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { startPrivateServer } from './private-server.mjs';
import { ROOT } from './setup/paths.mjs';
import { say, SetupError } from './setup/run.mjs';
import { main, setup } from './setup.mjs';

await main(async () => {
  const given = process.env.REDIS_URL;
  await setup(['npm', 'addon', 'ts', ...(given ? [] : ['server'])]);
  const server = given ? undefined : await startPrivateServer();
  say(server ? `a private server listens on ${server.url}` : 'using the server that REDIS_URL names');
  try {
    const env = { ...process.env, REDIS_URL: given ?? server.url };
    const tour = spawn(process.execPath, [join(ROOT, 'examples', 'tour.mjs')], { env, stdio: 'inherit' });
    const code = await new Promise((resolve, reject) => tour.once('error', reject).once('exit', resolve));
    if (code !== 0) throw new SetupError(`the tour failed with exit code ${code}`);
  } finally {
    await server?.stop();
  }
});
