/** Installs the two applications, which have the same libraries: one with npm redis, one with oxredis. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runBounded } from '../bounded-run.mjs';
import { packAsPublished } from '../local-registry/packages.mjs';
import { startLocalRegistry } from '../local-registry/server.mjs';
import { ROOT } from '../setup/paths.mjs';
import { say, SetupError } from '../setup/run.mjs';

/** The names under which libraries import the client. */
const NAMES = ['redis', '@redis/client'];
/**
 * Packages that libraries for older versions import in addition. They are replaced, because they load files from inside
 * `@redis/client`, which is oxredis here.
 */
const MODULES = ['bloom', 'graph', 'json', 'search', 'time-series'].map((name) => `@redis/${name}`);
/** Time limit of an installation in ms; it takes half a minute if npm has cached the packages. */
const TIMEOUT = 180_000;

/**
 * Installs an application and copies the programs into it. npm refuses if a library's peer dependency range is not
 * satisfied: that is part of the test.
 */
async function install(folder, client, packages, { overrides = {}, flags = [] } = {}) {
  const manifest = {
    name: 'application', private: true,
    dependencies: { ...Object.fromEntries(NAMES.map((name) => [name, client])), ...packages },
    // Libraries that depend on an older version of their own get the application's version.
    overrides: { ...Object.fromEntries(NAMES.map((name) => [name, `$${name}`])), ...overrides },
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
  const args = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error', ...flags];
  const { code, output, seconds } = await runBounded('npm', args, { cwd: folder, timeout: TIMEOUT });
  if (code !== 0) throw new SetupError(`npm install beside ${client} failed (${code}):\n${output}`);
  say(`installed beside ${client} (${seconds.toFixed(0)} s)`);
  cpSync(join(ROOT, 'tools', 'dependants', 'programs'), join(folder, 'programs'), { recursive: true });
  return folder;
}

/** Returns the name of the package that is installed under a name. */
function installedAs(folder, name) {
  return JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8')).name;
}

/**
 * Installs both applications.
 * @param {string} work an empty folder
 * @param {string} control version of npm redis
 * @param {Record<string, string>} packages
 * @returns {Promise<{theirs: string, ours: string}>} their folders
 */
export async function installBoth(work, control, packages) {
  say(`installing ${Object.keys(packages).length} packages, twice`);
  const registry = await startLocalRegistry(packAsPublished(work));
  try {
    const client = `npm:oxredis@^${control.split('.', 2).join('.')}.0`;
    const overrides = Object.fromEntries(MODULES.map((name) => [name, client]));
    const [theirs, ours] = await Promise.all([
      install(join(work, 'theirs'), control, packages),
      install(join(work, 'ours'), client, packages, { overrides, flags: ['--registry', registry.url] }),
    ]);
    for (const name of NAMES) {
      const found = installedAs(ours, name);
      if (found !== 'oxredis') throw new SetupError(`the application got ${found} under the name ${name}`);
    }
    return { theirs, ours };
  } finally {
    await registry.stop();
  }
}
