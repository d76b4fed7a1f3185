/** Runs the programs of a library with both clients, each on an empty server, and compares their output. */
import { join } from 'node:path';
import { runBounded } from '../bounded-run.mjs';
import { startPrivateServer } from '../private-server.mjs';
import { comparable, watchServer } from './monitor.mjs';

/** Time limit of a program in ms; the slowest one needs a quarter of it on a busy machine. */
const TIMEOUT = 60_000;

/** Warnings that only oxredis prints, about options without effect. The table mentions them. */
const WARNING = /^\(node:\d+\) \[OXREDIS_\w+\] Warning: (.*)$/;
const HINT = /^\(Use `node --trace-warnings/;

async function tryProgram(application, program, observed) {
  const server = await startPrivateServer();
  try {
    const stop = await watchServer(server.port);
    const env = { REDIS_URL: server.url, NODE_ENV: 'test', NODE_OPTIONS: undefined };
    const { code, output } = await runBounded(process.execPath, [join('programs', program)], { cwd: application, env, timeout: TIMEOUT });
    const lines = output.replaceAll(application, '').replaceAll(server.url, 'URL').split('\n');
    const told = lines.filter((line) => !WARNING.test(line) && !HINT.test(line));
    return { code, told, warnings: lines.flatMap((line) => WARNING.exec(line)?.[1] ?? []), seen: comparable(await stop(), observed) };
  } finally {
    await server.stop();
  }
}

/** Returns the lines that differ, with the line before them. */
function difference(expected, actual) {
  const at = expected.findIndex((line, i) => line !== actual[i]);
  const from = Math.max(0, (at < 0 ? expected.length : at) - 1);
  const shown = (lines) => lines.slice(from, from + 4).map((line) => line.slice(0, 500)).join('\n             ');
  return `  from line ${from + 1}\n  npm redis: ${shown(expected)}\n  oxredis:   ${shown(actual)}`;
}

const same = (one, other) => one.length === other.length && one.every((line, i) => line === other[i]);

/** @returns {string | undefined} the problem that was found with a program */
function complaint(program, expected, actual) {
  if (actual.code !== 0 || !same(expected.told, actual.told)) {
    return `${program} tells something else (exit code ${actual.code}):\n${difference(expected.told, actual.told)}`;
  }
  if (!same(expected.seen, actual.seen)) return `${program}: the server saw something else:\n${difference(expected.seen, actual.seen)}`;
  return undefined;
}

/**
 * @param {import('./libraries.mjs').Library} library
 * @param {{theirs: string, ours: string}} applications folders
 * @returns {Promise<{library: object, theirs: {code: number | string, lines: number}, verdict: string, complaints:
 *   string[]}>} `verdict`: the result for the table
 */
export async function tryLibrary(library, applications) {
  const complaints = [];
  const warnings = new Set();
  let lines = 0;
  for (const program of library.programs) {
    const run = (application) => tryProgram(application, program, library.observed);
    const [expected, actual] = await Promise.all([run(applications.theirs), run(applications.ours)]);
    if (expected.code !== 0) {
      // There is nothing to compare with: the program may work with oxredis, or fail in the same way.
      if (library.needs === undefined) complaints.push(`${program} fails with npm redis (${expected.code}):\n${expected.told.join('\n')}`);
      const verdict = actual.code === 0 ? 'works' : 'does not work, either';
      return { library, theirs: { code: expected.code, lines: 0 }, verdict, complaints };
    }
    if (library.needs !== undefined) complaints.push(`${program} works with npm redis by now: 'needs' is out of date`);
    lines += expected.told.length - 1;
    for (const warning of actual.warnings) warnings.add(warning);
    const found = complaint(program, expected, actual);
    if (found !== undefined) complaints.push(found);
  }
  const verdict = [complaints.length > 0 ? 'differs' : 'the same', ...warnings].join('; warns: ');
  return { library, theirs: { code: 0, lines }, verdict, complaints };
}
