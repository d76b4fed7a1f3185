/**
 * Prepares a clone: installs npm packages, builds the engine, compiles TypeScript, and provides a server program. Steps
 * that are up to date are skipped, so a second run takes a fraction of a second.
 *
 *   node tools/setup.mjs [--only npm,addon,ts,tests,server] [--skip ...]
 */
import { pathToFileURL } from 'node:url';
import { buildAddon } from './setup/addon.mjs';
import { installPackages } from './setup/npm-packages.mjs';
import { SetupError } from './setup/run.mjs';
import { ensureServer } from './setup/server.mjs';
import { compile } from './setup/typescript.mjs';

const STEPS = {
  npm: installPackages,
  addon: buildAddon,
  ts: () => compile('dist'),
  tests: () => compile('dist-test'),
  server: ensureServer,
};

/**
 * Runs the named steps in order.
 * @param {(keyof STEPS)[]} [names] all but `tests` by default
 */
export async function setup(names = ['npm', 'addon', 'ts', 'server']) {
  for (const name of names) await STEPS[name]();
}

/** Runs a tool's main function. Of a SetupError only the message is printed, of other errors the stack. */
export async function main(action) {
  try {
    await action();
  } catch (error) {
    console.error(error instanceof SetupError ? `\n✗ ${error.message}` : error);
    process.exitCode = 1;
  }
}

function chosenSteps(args) {
  const list = (flag) => (args.includes(flag) ? (args[args.indexOf(flag) + 1] ?? '').split(',') : undefined);
  const only = list('--only');
  const skip = list('--skip') ?? [];
  for (const name of [...(only ?? []), ...skip]) {
    if (!(name in STEPS)) throw new SetupError(`no step is called ${name}; there are ${Object.keys(STEPS).join(', ')}`);
  }
  return (only ?? ['npm', 'addon', 'ts', 'server']).filter((name) => !skip.includes(name));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await main(() => setup(chosenSteps(process.argv.slice(2))));
}
