/**
 * Runs all tests: Rust and TypeScript. Prepares the clone first.
 *
 *   node tools/test.mjs [--js | --rust] [name filter ...]
 *
 * A filter is part of a test file's path (`unit/support`, `proxy.test`); with filters, only TypeScript tests run.
 */
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { cargo } from './setup/addon.mjs';
import { ROOT } from './setup/paths.mjs';
import { say, SetupError } from './setup/run.mjs';
import { filesUnder } from './setup/stamp.mjs';
import { main, setup } from './setup.mjs';

/** Time limit of one test file in ms. */
const FILE_TIMEOUT = 300_000;

function atLeast(major, minor) {
  const [ours = 0, oursMinor = 0] = process.versions.node.split('.').map(Number);
  return ours > major || (ours === major && oursMinor >= minor);
}

/** Runs a program in the root and shows its output. Returns its exit code and output. */
function runShown(program, args, env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: ROOT, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 2] });
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
      process.stdout.write(chunk);
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, text }));
  });
}

function add(total, counts) {
  for (const name of ['passed', 'failed', 'skipped']) total[name] += counts[name];
}

/**
 * Runs the Rust tests and adds up the results of cargo's test runners. They need no addon, so they are built without
 * N-API.
 */
async function rustTests() {
  say('Rust tests (cargo test --no-default-features)');
  const { code, text } = await runShown(cargo(), ['test', '--no-default-features', '--', '--quiet']);
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const [, passed, failed, ignored] of text.matchAll(/^test result: \S+ (\d+) passed; (\d+) failed; (\d+) ignored/gm)) {
    add(counts, { passed: Number(passed), failed: Number(failed), skipped: Number(ignored) });
  }
  if (code !== 0 && counts.failed === 0) counts.failed = 1;
  return counts;
}

/** Returns the compiled test files that have a source; one without a source is left over from a deleted test. */
function testFiles(filters) {
  return filesUnder(['__test__'])
    .filter((file) => file.endsWith('.test.ts'))
    .filter((file) => filters.length === 0 || filters.some((filter) => file.includes(filter)))
    .map((file) => join('dist-test', file.replace(/\.ts$/, '.js')));
}

/** Runs compiled test files; `env` is added to the environment. */
async function runFiles(files, env) {
  const concurrency = Number(process.env.OXREDIS_TEST_CONCURRENCY) || Math.max(2, Math.min(availableParallelism(), 8));
  const args = [
    '--enable-source-maps',
    '--test',
    // Both options exist since Node 20.11; older versions run without them.
    ...(atLeast(20, 11) ? [`--test-concurrency=${concurrency}`, `--test-timeout=${FILE_TIMEOUT}`] : []),
    '--test-reporter=./tools/test-reporter.mjs',
    '--test-reporter-destination=stdout',
  ];
  const { code, text } = await runShown(process.execPath, [...args, ...files], env);
  const count = (name) => Number(text.match(new RegExp(`^ℹ ${name} (\\d+)$`, 'm'))?.[1] ?? 0);
  const counts = { passed: count('pass'), failed: count('fail') + count('cancelled'), skipped: count('skipped') };
  if (code !== 0 && counts.failed === 0) counts.failed = 1;
  return counts;
}

/** Runs all tests once, and those that use a real server once more over the other transport. */
async function typescriptTests(filters) {
  const files = testFiles(filters);
  if (files.length === 0) throw new SetupError(`no test file matches ${filters.join(', ') || '__test__/**/*.test.ts'}`);
  say(`TypeScript tests (${files.length} files)`);
  const total = await runFiles(files, {});
  const live = files.filter((file) => file.includes(join('__test__', 'live')));
  if (live.length > 0 && process.env.OXREDIS_TRANSPORT === undefined) {
    say(`live tests over the pump transport (${live.length} files)`);
    add(total, await runFiles(live, { OXREDIS_TRANSPORT: 'pump' }));
  }
  return total;
}

await main(async () => {
  const args = process.argv.slice(2);
  const filters = args.filter((arg) => !arg.startsWith('--'));
  const rust = args.includes('--rust') || (!args.includes('--js') && filters.length === 0);
  const js = !args.includes('--rust');
  await setup(js ? ['npm', 'addon', 'ts', 'tests', 'server'] : []);
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const suite of [rust && rustTests, js && (() => typescriptTests(filters))]) {
    if (!suite) continue;
    add(total, await suite());
  }
  console.log(`\n${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`);
  if (total.failed > 0 || total.passed === 0) process.exitCode = 1;
});
