/**
 * The package managers: how to obtain them, configure the registry, override dependencies of libraries, and add a
 * package. All of their caches are in the folder of the run.
 *
 * @typedef {object} Manager
 * @property {string} package its name in the registry, with the version
 * @property {string} bin its program
 * @property {(paths: {registry: string, cache: string}) => Record<string, string>} files settings of a project, by file
 *   name
 * @property {(names: string[], spec: string) => object} overrides what is added to package.json, so that libraries get
 *   the client too
 * @property {string[]} install arguments
 * @property {string[]} add arguments, before the packages
 * @property {string[]} [afterwards] arguments of one more run, if it would otherwise keep installed packages
 * @property {string[]} [runner] arguments before `node` and `tsc`, if it has no node_modules and runs them itself
 */

/** Sets the same value for each name, as package.json expects it. */
const each = (names, value) => Object.fromEntries(names.map((name) => [name, value(name)]));

/** YAML is a superset of JSON. */
const yaml = (settings) => Object.entries(settings).map(([name, value]) => `${name}: ${JSON.stringify(value)}\n`).join('');

const berry = (linker, runner) => ({
  package: '@yarnpkg/cli-dist@4.18.1',
  bin: 'yarn',
  files: ({ registry, cache }) => ({
    '.yarnrc.yml': yaml({
      npmRegistryServer: registry, unsafeHttpWhitelist: ['127.0.0.1'], nodeLinker: linker, enableGlobalCache: false, cacheFolder: cache,
      globalFolder: `${cache}-global`, enableTelemetry: false, enableScripts: false, enableImmutableInstalls: false,
    }),
    // Without a lock file in the project, Yarn would search for a project in the parent folders.
    'yarn.lock': '',
  }),
  overrides: (names, spec) => ({ resolutions: each(names, () => spec) }),
  install: ['install'],
  add: ['add'],
  runner,
});

/** @type {Record<string, Manager>} */
export const MANAGERS = {
  npm: {
    package: 'npm@11.19.1',
    bin: 'npm',
    files: ({ registry, cache }) => ({ '.npmrc': `registry=${registry}\ncache=${cache}\naudit=false\nfund=false\n` }),
    overrides: (names) => ({ overrides: each(names, (name) => `$${name}`) }),
    install: ['install', '--loglevel=error'],
    add: ['install', '--loglevel=error'],
    // npm applies overrides to installed packages only in an update.
    afterwards: ['update', '--loglevel=error'],
  },
  pnpm: {
    package: 'pnpm@10.34.8',
    bin: 'pnpm',
    files: ({ registry, cache }) => ({ '.npmrc': `registry=${registry}\nstore-dir=${cache}\ncache-dir=${cache}\n` }),
    overrides: (names, spec) => ({ pnpm: { overrides: each(names, () => spec) } }),
    install: ['install', '--no-frozen-lockfile'],
    add: ['add'],
  },
  'yarn-1': {
    package: 'yarn@1.22.22',
    bin: 'yarn',
    files: ({ registry, cache }) => ({ '.yarnrc': `registry "${registry}"\ncache-folder "${cache}"\n` }),
    overrides: (names, spec) => ({ resolutions: each(names, () => spec) }),
    // Yarn 1 refuses packages that require a newer Node, where the others warn.
    install: ['install', '--non-interactive', '--no-progress', '--ignore-engines'],
    add: ['add', '--non-interactive', '--no-progress', '--ignore-engines'],
  },
  'yarn-berry': berry('node-modules'),
  'yarn-pnp': berry('pnp', []),
  bun: {
    package: 'bun@1.4.5',
    bin: 'bun',
    files: ({ registry, cache }) => ({ 'bunfig.toml': `[install]\nregistry = "${registry}"\n\n[install.cache]\ndir = "${cache}"\n` }),
    overrides: (names, spec) => ({ overrides: each(names, () => spec) }),
    install: ['install'],
    add: ['add'],
  },
};
