/** Measures the cost of type-checking an application of 100 commands, with npm redis and with oxredis alternately. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { median } from './statistics.mjs';

const execute = promisify(execFile);
const require = createRequire(import.meta.url);
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const TSC = require.resolve('typescript/bin/tsc');

const DECLARATIONS = {
  oxredis: path.join(ROOT, 'index.d.ts'),
  redis: require.resolve('redis', { paths: [ROOT] }).replace(/\.js$/, '.d.ts')
};

/** @param skipLibCheck false, which is tsc's default, also checks the declarations of all packages */
function project(directory, library, skipLibCheck) {
  const file = path.join(directory, `${library}-${skipLibCheck}.json`);
  writeFileSync(file, JSON.stringify({
    compilerOptions: {
      strict: true, noEmit: true, skipLibCheck, target: 'es2022', lib: ['es2022'], module: 'esnext', moduleResolution: 'bundler',
      paths: { client: [DECLARATIONS[library]] }, typeRoots: [path.join(ROOT, 'node_modules/@types')], types: ['node']
    },
    files: [fileURLToPath(new URL('types/application.ts', import.meta.url))]
  }));
  return file;
}

/** Returns the figures of `tsc --extendedDiagnostics`: seconds for checking, seconds in total, and megabytes. */
async function check(file) {
  const { stdout } = await execute(process.execPath, [TSC, '-p', file, '--extendedDiagnostics']).catch(({ stdout }) => {
    throw new Error(`the application has type errors:\n${stdout.split('\nFiles:')[0]}`);
  });
  const figure = name => Number(stdout.match(new RegExp(`^${name}:\\s+([\\d.]+)`, 'm'))[1]);
  return { check: figure('Check time'), total: figure('Total time'), memory: figure('Memory used') / 1024 };
}

/**
 * @returns library → medians `{check, total, memory}` in s, s and MB; `full` has the same for a run without
 *   `skipLibCheck`
 */
export async function typeCosts(rounds, progress) {
  const directory = mkdtempSync(path.join(tmpdir(), 'oxredis-types-'));
  const samples = { oxredis: { quick: [], full: [] }, redis: { quick: [], full: [] } };
  try {
    for (let round = 0; round < rounds; round++) {
      for (const library of round % 2 === 0 ? ['oxredis', 'redis'] : ['redis', 'oxredis']) {
        progress.step(`type-checking: ${library}`);
        for (const kind of ['quick', 'full']) samples[library][kind].push(await check(project(directory, library, kind === 'quick')));
      }
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  const medians = list => Object.fromEntries(['check', 'total', 'memory'].map(key => [key, median(list.map(one => one[key]))]));
  return new Map(Object.entries(samples).map(([library, { quick, full }]) => [library, { ...medians(quick), full: medians(full) }]));
}
