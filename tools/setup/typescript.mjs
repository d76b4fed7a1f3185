import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE, ROOT } from './paths.mjs';
import { run, say } from './run.mjs';
import { digestOf, filesUnder, isFresh, markFresh } from './stamp.mjs';

const BUILDS = {
  dist: { config: 'tsconfig.build.json', sources: ['lib'], info: 'dist.tsbuildinfo' },
  'dist-test': { config: 'tsconfig.test.json', sources: ['lib', '__test__'], info: 'test.tsbuildinfo' },
};

/**
 * Compiles TypeScript, unless nothing changed since it last succeeded.
 * @param {'dist' | 'dist-test'} folder `dist`: the package; `dist-test`: the tests with a copy of the package
 */
export async function compile(folder) {
  const { config, sources, info } = BUILDS[folder];
  const digest = digestOf([...sources, config, 'tsconfig.json', 'package-lock.json'], folder);
  const output = join(ROOT, folder);
  if (isFresh(folder, digest) && existsSync(output)) return;
  if (sourcesRemoved(folder, sources) || !existsSync(output)) {
    // tsc neither removes what has no source any more nor looks whether its output is still there.
    rmSync(output, { recursive: true, force: true });
    rmSync(join(CACHE, info), { force: true });
  }
  say(`compiling TypeScript to ${folder}/`);
  await run(process.execPath, [join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', config]);
  markFresh(folder, digest);
}

/** True if a file that the last compilation saw is gone; notes the present list. */
function sourcesRemoved(folder, sources) {
  const file = join(CACHE, `${folder}.files`);
  const present = filesUnder(sources);
  const before = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : undefined;
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(file, present.join('\n'));
  const now = new Set(present);
  return before === undefined || before.some((name) => !now.has(name));
}
