/**
 * Runs one application with one package manager: installs it with npm redis, checks it, switches it to oxredis, checks
 * it again.
 */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runBounded } from '../bounded-run.mjs';
import { startPrivateServer } from '../private-server.mjs';
import { ROOT } from '../setup/paths.mjs';
import { SetupError } from '../setup/run.mjs';

const APPLICATION = join(ROOT, 'tools', 'switch', 'application');
/** The names that are switched; the last two are used for their constants. */
export const NAMES = ['redis', '@redis/client', '@redis/search', '@redis/time-series'];
/** Time limit of one step in ms: installing 150 packages on a busy machine takes a quarter of it. */
const TIMEOUT = 180_000;

/** How many characters of the output of a failed step are shown. */
const SHOWN = 6000;

/** Returns the environment without the variables of `npm run`, which other package managers read too. */
function environment(more) {
  const own = Object.keys(process.env).filter((name) => /^npm_/i.test(name));
  return { ...Object.fromEntries(own.map((name) => [name, undefined])), NODE_OPTIONS: undefined, ...more };
}

async function step(what, program, args, cwd, env = {}) {
  const { code, output } = await runBounded(program, args, { cwd, env: environment(env), timeout: TIMEOUT });
  if (code !== 0) throw new SetupError(`${what} failed (${code}): ${args.join(' ')}\n${output.slice(0, SHOWN)}`);
  return output;
}

/** Downloads a package manager. @returns {Promise<string>} its program */
export async function fetchManager({ package: specifier, bin }, folder, registry) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  const args = ['install', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error', '--registry', registry, specifier];
  await step('fetching it', 'npm', args, folder);
  return join(folder, 'node_modules', '.bin', bin);
}

const manifestOf = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
const writeManifest = (folder, manifest) => writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);

/** Creates a project: a copy of the application that depends on npm redis. */
function makeProject(folder, manager, control, paths) {
  cpSync(APPLICATION, folder, { recursive: true });
  const manifest = manifestOf(folder);
  Object.assign(manifest.dependencies, Object.fromEntries(NAMES.map((name) => [name, control])));
  writeManifest(folder, manifest);
  for (const [name, text] of Object.entries(manager.files(paths))) writeFileSync(join(folder, name), text);
}

/** Runs programs of a project with node, or through a package manager that has no node_modules. */
function programs(folder, manager, program) {
  const { runner } = manager;
  const typescript = runner ? [program, [...runner, 'tsc']] : [process.execPath, [join('node_modules', 'typescript', 'bin', 'tsc')]];
  const node = runner ? [program, [...runner, 'node']] : [process.execPath, []];
  return {
    /** Compiles; with `--noCheck` types are not checked, which takes a tenth of the time. */
    async compile(flags = []) {
      rmSync(join(folder, 'build'), { recursive: true, force: true });
      await step('compiling', typescript[0], [...typescript[1], '-p', '.', '--pretty', 'false', ...flags], folder);
    },
    /** Runs the tests on an empty server. Returns the number of passed tests. */
    async test() {
      const server = await startPrivateServer();
      try {
        const args = [...node[1], ...manifestOf(folder).scripts.test.split(' ').slice(1)];
        const output = await step('its tests', node[0], args, folder, { REDIS_URL: server.url });
        return Number(/(?:#|ℹ) pass (\d+)/.exec(output)?.[1] ?? 0);
      } finally {
        await server.stop();
      }
    },
    /** Returns the packages that the application and its libraries get under the names, one per line. */
    async resolved() {
      const output = await step('looking at what is installed', node[0], [...node[1], 'resolved.cjs'], folder);
      return output.trim().split('\n');
    },
  };
}

/**
 * @param {string} name of the package manager, for messages
 * @param {import('./installers.mjs').Manager} manager
 * @param {{folder: string, registry: string, control: string, spec: string}} run `spec`: the version specifier that the
 *   names are switched to
 * @returns {Promise<string>} the result in one line
 * @throws SetupError if a step fails, or something differs from npm redis
 */
export async function trySwitch(name, manager, { folder, registry, control, spec }) {
  const program = await fetchManager(manager, join(folder, 'manager'), registry);
  const version = (await step('its version', program, ['--version'], folder)).trim();
  const project = join(folder, 'application');
  makeProject(project, manager, control, { registry, cache: join(folder, 'cache') });
  const { compile, test, resolved } = programs(project, manager, program);

  await step('installing npm redis', program, manager.install, project);
  const before = await resolved();
  if (before.some((line) => line.includes('oxredis'))) throw new SetupError(`oxredis is there before the switch:\n${before.join('\n')}`);
  // To see that the application has no type errors with npm redis, one run is enough.
  await compile(name === 'npm' ? [] : ['--noCheck']);
  const passed = await test();

  writeManifest(project, { ...manifestOf(project), ...manager.overrides(NAMES, spec) });
  await step('the switch', program, [...manager.add, ...NAMES.map((one) => `${one}@${spec}`)], project);
  if (manager.afterwards) await step('the switch of libraries', program, manager.afterwards, project);
  const after = await resolved();
  const others = after.filter((line) => !/ oxredis \d/.test(line));
  if (others.length > 0) throw new SetupError(`not switched:\n${others.join('\n')}`);
  await compile();
  const nowPassed = await test();
  if (passed === 0 || nowPassed !== passed) throw new SetupError(`${passed} tests passed with npm redis, ${nowPassed} with oxredis`);
  return `${name} ${version}: the types compile, and ${nowPassed} tests pass as with npm redis`;
}
