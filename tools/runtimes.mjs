/**
 * Runs the tour and the core of the live tests on other runtimes: Node 20, 22, 24 and 26, Bun, Deno. Their programs are
 * installed as npm packages in .cache/runtimes, and are not downloaded again.
 *
 *   node tools/runtimes.mjs [node-20 node-22 node-24 node-26 bun deno]
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runBounded } from './bounded-run.mjs';
import { startPrivateServerWithTls } from './private-server.mjs';
import { DOWNLOADS, ROOT } from './setup/paths.mjs';
import { run, say, SetupError } from './setup/run.mjs';
import { main, setup } from './setup.mjs';

const FOLDER = join(DOWNLOADS, 'runtimes');
const TIMEOUT = 180_000;

const NODE = (major) => ({ package: `node-${systemName()}-${process.arch}@${major}`, program: `bin/node${suffix()}`, args: [] });
const RUNTIMES = {
  'node-20': NODE(20),
  'node-22': NODE(22),
  'node-24': NODE(24),
  'node-26': NODE(26),
  bun: { package: `@oven/bun-${bunSystem()}@latest`, program: `bin/bun${suffix()}`, args: [] },
  deno: { package: `@deno/${denoSystem()}@latest`, program: `deno${suffix()}`, args: ['run', '--allow-all', '--no-check', '--no-lock'] },
};

function suffix() {
  return process.platform === 'win32' ? '.exe' : '';
}
function systemName() {
  return process.platform === 'win32' ? 'win' : process.platform;
}
function bunSystem() {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  return `${system}-${process.arch === 'arm64' ? 'aarch64' : process.arch}`;
}
function denoSystem() {
  return `${process.platform}-${process.arch}${process.platform === 'linux' ? '-glibc' : ''}`;
}

/** Returns the program of a runtime, which is downloaded if necessary. */
async function programOf(name) {
  const runtime = RUNTIMES[name];
  const home = join(FOLDER, name);
  const file = join(home, 'node_modules', runtime.package.replace(/@[^@/]*$/, ''), runtime.program);
  if (existsSync(file)) return file;
  say(`fetching ${name} (${runtime.package})`);
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'package.json'), '{ "private": true }\n');
  await run('npm', ['install', '--no-audit', '--no-fund', '--no-package-lock', '--ignore-scripts', '--loglevel=error', runtime.package], { cwd: home, quiet: true });
  if (!existsSync(file)) throw new SetupError(`${runtime.package} has no ${runtime.program}`);
  return file;
}

/** Runs a script on a runtime. Returns its exit code (or the reason why there is none) and its output. */
function execute(program, args, env) {
  return runBounded(program, args, { cwd: ROOT, env: { NO_COLOR: '1', ...env }, timeout: TIMEOUT });
}

async function withServer(action) {
  const server = await startPrivateServerWithTls();
  try {
    return await action(server.env);
  } finally {
    await server.stop();
  }
}

await main(async () => {
  const names = process.argv.slice(2);
  for (const name of names) if (!(name in RUNTIMES)) throw new SetupError(`${name} is none of ${Object.keys(RUNTIMES).join(', ')}`);
  await setup();
  const failed = [];
  let passed = 0;
  for (const name of names.length > 0 ? names : Object.keys(RUNTIMES)) {
    const program = await programOf(name);
    const version = (await execute(program, ['--version'])).output.trim().split('\n', 1)[0];
    for (const script of ['__test__/runtimes/core.mjs', 'examples/tour.mjs']) {
      const started = Date.now();
      const { code, output } = await withServer((env) => execute(program, [...RUNTIMES[name].args, script], env));
      const seconds = ((Date.now() - started) / 1000).toFixed(1);
      console.log(`${code === 0 ? '✓' : '✗'} ${name} (${version}) ${script} (${seconds} s)${code === 0 ? '' : `: ${code}\n${output}`}`);
      if (code === 0) passed += 1;
      else failed.push(`${name} ${script}`);
    }
  }
  console.log(`runtimes: ${passed} passed, ${failed.length} failed`);
  if (failed.length > 0) throw new SetupError(`failed: ${failed.join(', ')}`);
});
