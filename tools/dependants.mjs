/**
 * Checks that libraries which use `redis` work with oxredis instead. An application that depends on all of them is
 * installed twice: with npm redis (the control), and with the packed oxredis under the names `redis` and
 * `@redis/client`. For each library there is a program that uses it as its documentation does. Its output, and the
 * commands that the server received, must be the same for both, and docs/dependants.md must contain the result.
 *
 *   node tools/dependants.mjs [--write] [part of a name ...]
 *     --write writes the page. With names, only those libraries are installed and run, and the page is not changed.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installBoth } from './dependants/applications.mjs';
import { tryLibrary } from './dependants/compare.mjs';
import { LIBRARIES, librariesCalled, packagesOf } from './dependants/libraries.mjs';
import { pageOf } from './dependants/page.mjs';
import { ROOT } from './setup/paths.mjs';
import { SetupError } from './setup/run.mjs';
import { main, setup } from './setup.mjs';

const PAGE = join(ROOT, 'docs', 'dependants.md');

/** The version of npm redis that all comparisons use. */
const { version: CONTROL } = JSON.parse(readFileSync(join(ROOT, 'node_modules', 'redis', 'package.json'), 'utf8'));

/** Runs an action with a temporary folder, which is removed afterwards, or when the process exits. */
async function inFolder(action) {
  const folder = mkdtempSync(join(tmpdir(), 'oxredis-dependants-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  try {
    return await action(folder);
  } finally {
    process.off('exit', remove);
    remove();
  }
}

async function tryAll(libraries) {
  return inFolder(async (work) => {
    const applications = await installBoth(work, CONTROL, packagesOf(libraries));
    const rows = [];
    for (const library of libraries) {
      const started = Date.now();
      const row = await tryLibrary(library, applications);
      rows.push(row);
      const seconds = ((Date.now() - started) / 1000).toFixed(1);
      console.log(`${row.complaints.length === 0 ? '✓' : '✗'} ${library.name} ${library.version}: ${row.verdict} (${seconds} s)`);
      for (const complaint of row.complaints) console.log(complaint);
    }
    return rows;
  });
}

await main(async () => {
  const started = Date.now();
  const args = process.argv.slice(2);
  const wanted = args.filter((arg) => arg !== '--write');
  const libraries = librariesCalled(wanted);
  if (libraries.length === 0) throw new SetupError(`no library is called ${wanted.join(', ')}; there are ${LIBRARIES.map(({ name }) => name).join(', ')}`);
  await setup(['npm', 'addon', 'ts', 'server']);
  const rows = await tryAll(libraries);
  const failed = rows.filter(({ complaints }) => complaints.length > 0).map(({ library }) => library.name);
  console.log(`dependants: ${rows.length - failed.length} passed, ${failed.length} failed (${((Date.now() - started) / 1000).toFixed(0)} s)`);
  const page = pageOf(rows, CONTROL);
  const whole = libraries.length === LIBRARIES.length;
  if (whole && args.includes('--write')) writeFileSync(PAGE, page);
  if (failed.length > 0) throw new SetupError(`libraries that work otherwise than with npm redis: ${failed.join(', ')}`);
  if (whole && readFileSync(PAGE, 'utf8') !== page) throw new SetupError('docs/dependants.md says something else: npm run dependants -- --write');
});
