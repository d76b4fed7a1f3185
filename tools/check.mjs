/** Runs all checks that need no network once the clone is set up: lints, licences, tests, package, docs. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './setup/paths.mjs';

const STEPS = ['lint.mjs', 'check-licences.mjs', 'test.mjs', 'coverage-table.mjs --check', 'check-docs.mjs', 'check-package.mjs'];
const failed = STEPS.filter((step) => {
  console.log(`\n== ${step}`);
  const [tool, ...args] = step.split(' ');
  return spawnSync(process.execPath, [join(ROOT, 'tools', tool), ...args], { cwd: ROOT, stdio: 'inherit' }).status !== 0;
});
console.log(failed.length === 0 ? '\nall checks passed' : `\nfailed: ${failed.join(', ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;
