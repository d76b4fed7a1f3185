/** Installs the rivals into bench/node_modules if they are missing or have another version. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { versionOf } from './contenders/index.mjs';

const BENCH = fileURLToPath(new URL('.', import.meta.url));

/**
 * @param {object[]} contenders those that will run; npm is not called if each has the version of bench/package.json
 * @returns {Promise<string | undefined>} why the installation failed, if it did; the benchmark then runs with the
 *   installed ones
 */
export async function installRivals(contenders) {
  const { dependencies } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));
  const wanted = contenders.filter(one => dependencies[one.entry] && versionOf(one) !== dependencies[one.entry]);
  if (wanted.length === 0) return undefined;
  console.log(`Installing the rivals: ${Object.entries(dependencies).map(([name, version]) => `${name}@${version}`).join(', ')}`);
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const child = spawn(npm, ['install', '--no-audit', '--no-fund', '--no-package-lock', '--ignore-scripts'], {
    cwd: BENCH, stdio: 'inherit', shell: process.platform === 'win32'
  });
  return new Promise(resolve => {
    child.once('error', error => resolve(error.message));
    child.once('exit', code => resolve(code === 0 ? undefined : `npm install ended with code ${code}`));
  });
}
