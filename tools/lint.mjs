/**
 * Runs all checks that need no test run: formatting, lints, types, layers, text. It runs all of them, then prints which
 * ones failed.
 *
 *   node tools/lint.mjs [--no-rust]
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { cargo } from './setup/addon.mjs';
import { ROOT } from './setup/paths.mjs';
import { SetupError } from './setup/run.mjs';
import { main, setup } from './setup.mjs';

const node = (...args) => [process.execPath, ...args];
const bin = (path) => join(ROOT, 'node_modules', ...path.split('/'));

await main(async () => {
  await setup(['npm']);
  const checks = [
    ['layers', node('tools/check-layers.mjs')],
    ['text', node('tools/check-text.mjs')],
    ['platform packages', node('tools/platforms.mjs', '--check')],
    ['numbers of the boundary', node('tools/generate-boundary.mjs', '--check')],
    ['server errors', node('tools/generate-server-errors.mjs', '--check')],
    ['page of commands', node('tools/generate-commands-page.mjs', '--check')],
    ['reference pages', node('tools/generate-reference.mjs', '--check')],
    ['types', node(bin('typescript/bin/tsc'), '-p', 'tsconfig.json')],
    ['eslint', node(bin('eslint/bin/eslint.js'), '.', '--max-warnings', '0', '--cache', '--cache-location', 'node_modules/.cache/oxredis/eslint')],
  ];
  if (!process.argv.includes('--no-rust')) {
    for (const manifest of ['Cargo.toml', 'fuzz/Cargo.toml']) {
      const args = ['metadata', '--locked', '--quiet', '--format-version', '1', '--manifest-path', manifest];
      checks.push([`lock file of ${manifest}`, [cargo(), ...args], 'ignore']);
    }
    checks.push(['rustfmt', [cargo(), 'fmt', '--check']]);
    checks.push(['clippy', [cargo(), 'clippy', '--all-targets', '--quiet', '--', '-D', 'warnings', '-D', 'clippy::too_many_lines']]);
  }
  const failed = [];
  for (const [name, [program, ...args], stdout = 'inherit'] of checks) {
    const started = Date.now();
    const { status } = spawnSync(program, args, { cwd: ROOT, stdio: ['ignore', stdout, 'inherit'] });
    console.log(`${status === 0 ? '✓' : '✗'} ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
    if (status !== 0) failed.push(name);
  }
  if (failed.length > 0) throw new SetupError(`failed: ${failed.join(', ')}`);
});
