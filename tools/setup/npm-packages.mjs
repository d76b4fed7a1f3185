import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './paths.mjs';
import { run, say } from './run.mjs';
import { digestOf, isFresh, markFresh } from './stamp.mjs';

/** Installs the development packages of package-lock.json, unless they are already installed. */
export async function installPackages() {
  const digest = digestOf(['package.json', 'package-lock.json'], 'npm');
  if (isFresh('npm', digest) && existsSync(join(ROOT, 'node_modules', 'typescript'))) return;
  say('installing npm packages (npm ci)');
  const npm = process.env.npm_execpath;
  const args = ['ci', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  if (npm?.endsWith('.js')) await run(process.execPath, [npm, ...args]);
  else await run('npm', args);
  markFresh('npm', digest);
}
