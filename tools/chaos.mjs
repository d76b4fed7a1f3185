/**
 * Runs rounds of chaos: clients under random faults, drawn from a seed.
 *
 *   node tools/chaos.mjs [--rounds 1000] [--seed 1] [--transport uv|pump|tls] [--parallel 8] [--kinds a,b] [--operations a,b]
 *
 * Without `--transport`, rounds alternate between all three. A failing round prints how to repeat it.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './setup/paths.mjs';
import { main, setup } from './setup.mjs';

const TRANSPORTS = ['uv', 'pump', 'tls'];
/** The most rounds per process. The end of each process shows leaks, and clients that keep the process alive. */
const MOST_ROUNDS = 1000;

const args = process.argv.slice(2);
const argument = (name) => (args.includes(`--${name}`) ? args[args.indexOf(`--${name}`) + 1] : undefined);

function play(transport, seed, rounds) {
  const passedOn = ['parallel', 'kinds', 'operations'].flatMap((name) => (argument(name) === undefined ? [] : [`--${name}`, argument(name)]));
  const program = join(ROOT, 'dist-test', '__test__', 'chaos', 'main.js');
  const child = spawn(
    process.execPath,
    ['--enable-source-maps', program, '--transport', transport, '--seed', String(seed), '--rounds', String(rounds), ...passedOn],
    { cwd: ROOT, stdio: 'inherit' },
  );
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(signal ?? code));
  });
}

await main(async () => {
  await setup(['npm', 'addon', 'tests', 'server']);
  const transports = argument('transport') === undefined ? TRANSPORTS : [argument('transport')];
  const first = Number(argument('seed') ?? 1);
  const rounds = Number(argument('rounds') ?? 1000);
  const each = Math.ceil(rounds / transports.length);
  let failed = 0;
  for (let played = 0; played < each; played += MOST_ROUNDS) {
    for (const transport of transports) {
      const ended = await play(transport, first + played, Math.min(MOST_ROUNDS, each - played));
      if (ended === 0) continue;
      failed += 1;
      console.log(`✗ rounds from seed ${first + played} over ${transport} ended with ${ended}`);
    }
  }
  console.log(failed === 0 ? '\nall rounds went as they must' : `\n${failed} runs FAILED`);
  if (failed > 0) process.exitCode = 1;
});
