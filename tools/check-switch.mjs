/**
 * Switches an application from npm redis to oxredis as users do: `npm install redis@npm:oxredis@^6.3.0`, and the same
 * with other package managers. The application (tools/switch/application) uses connect-redis, @keyv/redis, a socket.io
 * adapter and a rate limiter. Before and after the switch its types are checked strictly, including library
 * declarations, and its tests run. The packed tarballs are served by a registry on the loopback interface.
 *
 *   node tools/check-switch.mjs [npm pnpm yarn-1 yarn-berry yarn-pnp bun]
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packAsPublished } from './local-registry/packages.mjs';
import { startLocalRegistry } from './local-registry/server.mjs';
import { ROOT } from './setup/paths.mjs';
import { say, SetupError } from './setup/run.mjs';
import { main, setup } from './setup.mjs';
import { MANAGERS } from './switch/installers.mjs';
import { trySwitch } from './switch/steps.mjs';

const versionOf = (...path) => JSON.parse(readFileSync(join(ROOT, ...path, 'package.json'), 'utf8')).version;
/** The version specifier, as in README.md and docs/migrating.md. */
const SPEC = `npm:oxredis@^${versionOf()}`;
/** How many package managers run at the same time: each waits for the registry half of the time. */
const AT_ONCE = 2;

/** Runs one package manager. A failure is reported, and the others continue. */
async function tryOne(name, run) {
  const started = Date.now();
  const took = () => `(${((Date.now() - started) / 1000).toFixed(0)} s)`;
  mkdirSync(run.folder);
  try {
    console.log(`✓ ${await trySwitch(name, MANAGERS[name], run)} ${took()}`);
    return true;
  } catch (error) {
    console.log(`✗ ${name}: ${error instanceof SetupError ? error.message : error.stack} ${took()}`);
    return false;
  } finally {
    rmSync(run.folder, { recursive: true, force: true });
  }
}

await main(async () => {
  const started = Date.now();
  const names = process.argv.slice(2);
  for (const name of names) if (!(name in MANAGERS)) throw new SetupError(`${name} is none of ${Object.keys(MANAGERS).join(', ')}`);
  await setup(['npm', 'addon', 'ts', 'server']);
  const work = mkdtempSync(join(tmpdir(), 'oxredis-switch-'));
  const remove = () => rmSync(work, { recursive: true, force: true });
  process.once('exit', remove);
  const registry = await startLocalRegistry(packAsPublished(work));
  const control = versionOf('node_modules', 'redis');
  const waiting = names.length > 0 ? names : Object.keys(MANAGERS);
  say(`switching an application from redis ${control} to ${SPEC}: ${waiting.join(', ')}`);
  const results = [];
  const worker = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      results.push([name, await tryOne(name, { folder: join(work, name), registry: registry.url, control, spec: SPEC })]);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  await registry.stop();
  const failed = results.filter(([, passed]) => !passed).map(([name]) => name);
  console.log(`switch: ${results.length - failed.length} passed, ${failed.length} failed (${((Date.now() - started) / 1000).toFixed(0)} s)`);
  if (failed.length > 0) throw new SetupError(`the switch fails with ${failed.join(', ')}`);
});
