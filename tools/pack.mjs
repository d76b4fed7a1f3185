/**
 * Packs oxredis.
 *
 *   node tools/pack.mjs [folder]
 *     oxredis-<version>.tgz for this machine's platform only: with the engine that was built here inside, so that it
 *     installs without any registry.
 *   node tools/pack.mjs --release <folder with oxredis.<platform>.node files> [folder]
 *     what is published: oxredis-<version>.tgz without an engine, with the platform packages as optional dependencies,
 *     and a package for each platform. Needs the engines of all platforms.
 *
 * The optional dependencies are added here and not in package.json, so that a clone installs before they are published.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PLATFORMS, packageName } from './platforms.mjs';
import { addonFile } from './setup/addon.mjs';
import { ROOT } from './setup/paths.mjs';
import { say, SetupError } from './setup/run.mjs';
import { main, setup } from './setup.mjs';

const SHIPPED = ['index.js', 'index.d.ts', 'dist', 'README.md', 'LICENSE', 'CHANGELOG.md'];

/** Runs npm pack on a folder. Returns the path of the tarball. */
function npmPack(folder, destination) {
  const args = ['pack', '--json', '--ignore-scripts', '--loglevel=error', '--pack-destination', destination];
  const text = execFileSync('npm', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], shell: process.platform === 'win32' });
  const told = JSON.parse(text);
  const [{ filename }] = Array.isArray(told) ? told : Object.values(told);
  return join(destination, filename.replace('@', '').replace('/', '-'));
}

/** Calls `action` with a temporary folder that contains the package as it is published, then removes the folder. */
function withStage(changes, action) {
  const stage = mkdtempSync(join(tmpdir(), 'oxredis-pack-'));
  try {
    for (const name of SHIPPED) {
      if (existsSync(join(ROOT, name))) cpSync(join(ROOT, name), join(stage, name), { recursive: true });
    }
    const { scripts: _scripts, devDependencies: _dev, ...manifest } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    writeFileSync(join(stage, 'package.json'), `${JSON.stringify({ ...manifest, ...changes(manifest) }, undefined, 2)}\n`);
    return action(stage);
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

/**
 * Packs with this machine's engine inside. The clone must have been built.
 * @returns {string} path of the tarball
 */
export function packLocal(destination) {
  return withStage(
    () => ({}),
    (stage) => {
      const addon = addonFile();
      copyFileSync(addon, join(stage, addon.slice(ROOT.length + 1)));
      return npmPack(stage, destination);
    },
  );
}

/**
 * Packs everything that is published.
 * @param {string} engines folder with the engines
 * @param {string} destination
 * @param {string[]} [platforms] platforms whose packages are made; oxredis itself names all platforms
 * @returns {string[]} paths of the tarballs
 */
export function packRelease(engines, destination, platforms = Object.keys(PLATFORMS)) {
  const missing = platforms.filter((platform) => !existsSync(join(engines, `oxredis.${platform}.node`)));
  if (missing.length > 0) throw new SetupError(`${engines} has no engine for ${missing.join(', ')}`);
  const tarballs = [];
  for (const platform of platforms) {
    const stage = mkdtempSync(join(tmpdir(), 'oxredis-pack-'));
    cpSync(join(ROOT, 'npm', platform), stage, { recursive: true });
    copyFileSync(join(ROOT, 'LICENSE'), join(stage, 'LICENSE'));
    copyFileSync(join(engines, `oxredis.${platform}.node`), join(stage, `oxredis.${platform}.node`));
    tarballs.push(npmPack(stage, destination));
    rmSync(stage, { recursive: true, force: true });
  }
  const optional = ({ version }) => Object.fromEntries(Object.keys(PLATFORMS).map((name) => [packageName(name), version]));
  const withDependencies = (manifest) => ({
    files: manifest.files.filter((name) => !name.endsWith('.node')),
    optionalDependencies: optional(manifest),
  });
  tarballs.push(withStage(withDependencies, (stage) => npmPack(stage, destination)));
  return tarballs;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await main(async () => {
    const release = process.argv[2] === '--release';
    const folders = process.argv.slice(release ? 3 : 2);
    if (release && folders.length === 0) throw new SetupError('say which folder holds the engines of all platforms');
    await setup(release ? ['npm', 'ts'] : ['npm', 'addon', 'ts']);
    const destination = resolve(folders[release ? 1 : 0] ?? ROOT);
    mkdirSync(destination, { recursive: true });
    const tarballs = release ? packRelease(resolve(folders[0]), destination) : [packLocal(destination)];
    for (const tarball of tarballs) say(tarball);
  });
}
