import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE, ROOT } from './paths.mjs';
import { run, say } from './run.mjs';
import { digestOf, filesUnder, isFresh, markFresh } from './stamp.mjs';

/**
 * The folder where tsc writes the declarations that dist/index.d.ts and dist/internals.d.ts are generated from:
 * `declarationDir` of tsconfig.build.json.
 */
const DECLARATIONS = join(CACHE, 'declarations');

const BUILDS = {
  dist: {
    config: 'tsconfig.build.json', sources: ['lib'], tools: ['tools/declarations', 'tools/bundle'], info: 'dist.tsbuildinfo', folders: [join(ROOT, 'dist'), DECLARATIONS],
    finish: async () => {
      await writeDeclarations();
      await writeBundle();
    },
  },
  'dist-test': { config: 'tsconfig.test.json', sources: ['lib', '__test__'], tools: [], info: 'test.tsbuildinfo', folders: [join(ROOT, 'dist-test')] },
};

/**
 * Compiles TypeScript, unless nothing has changed since the last success.
 * @param {'dist' | 'dist-test'} folder `dist`: the package; `dist-test`: the tests with a copy of the package
 */
export async function compile(folder) {
  const { config, sources, tools, info, folders, finish } = BUILDS[folder];
  const digest = digestOf([...sources, ...tools, config, 'tsconfig.json', 'package-lock.json'], folder);
  if (isFresh(folder, digest) && existsSync(folders[0])) return;
  if (sourcesRemoved(folder, sources) || !folders.every(existsSync)) {
    // tsc neither removes the output of deleted sources nor checks whether its output still exists.
    for (const output of folders) rmSync(output, { recursive: true, force: true });
    rmSync(join(CACHE, info), { force: true });
  }
  say(`compiling TypeScript to ${folder}/`);
  await run(process.execPath, [join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', config]);
  await finish?.();
  markFresh(folder, digest);
}

/** Bundles all types into two files, by tools/declarations. */
function writeDeclarations() {
  return run(process.execPath, [join(ROOT, 'tools', 'declarations', 'write.mjs'), DECLARATIONS, join(ROOT, 'dist')]);
}

/** Bundles all modules into one file, by tools/bundle. */
function writeBundle() {
  return run(process.execPath, [join(ROOT, 'tools', 'bundle', 'write.mjs'), join(ROOT, 'dist')]);
}

/** Whether a source file of the last compilation has been deleted. Records the present list. */
function sourcesRemoved(folder, sources) {
  const file = join(CACHE, `${folder}.files`);
  const present = filesUnder(sources);
  const before = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : undefined;
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(file, present.join('\n'));
  const now = new Set(present);
  return before === undefined || before.some((name) => !now.has(name));
}
