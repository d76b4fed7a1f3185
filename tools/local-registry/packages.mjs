/** The local registry's own packages: oxredis as it would be published, and its engines. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, cpSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { packRelease } from '../pack.mjs';
import { PLATFORMS } from '../platforms.mjs';
import { addonFile } from '../setup/addon.mjs';
import { ROOT } from '../setup/paths.mjs';
import { SetupError } from '../setup/run.mjs';

/** An old date, because package managers may refuse packages that were published recently. */
const PUBLISHED = '2020-01-01T00:00:00.000Z';

/**
 * Packs oxredis as `tools/pack.mjs --release` does, with the engine of this machine. The packages of other platforms
 * contain no engine, so that none can be loaded by mistake; they have to exist, because Yarn 1 downloads all of them.
 * @param {string} folder for the tarballs
 * @returns {{manifest: object, tarball: string}[]} the packages
 */
export function packAsPublished(folder) {
  const engines = join(folder, 'engines');
  mkdirSync(engines, { recursive: true });
  const addon = addonFile();
  const platform = basename(addon).replace(/^oxredis\.|\.node$/g, '');
  copyFileSync(addon, join(engines, basename(addon)));
  const others = Object.keys(PLATFORMS).filter((name) => name !== platform).map((name) => packWithoutEngine(name, folder));
  return [...packRelease(engines, folder, [platform]), ...others].map((tarball) => ({ manifest: manifestOf(tarball), tarball }));
}

function tar(args) {
  const { status, stdout, stderr, error } = spawnSync('tar', args, { encoding: 'utf8', timeout: 30_000 });
  if (status !== 0) throw new SetupError(`tar ${args.join(' ')} failed: ${error?.message ?? stderr}`);
  return stdout;
}

function packWithoutEngine(platform, folder) {
  const stage = join(folder, platform);
  cpSync(join(ROOT, 'npm', platform), join(stage, 'package'), { recursive: true });
  const tarball = join(folder, `without-engine-${platform}.tgz`);
  tar(['-czf', tarball, '-C', stage, 'package']);
  return tarball;
}

/** Returns the manifest inside a tarball. */
function manifestOf(tarball) {
  return JSON.parse(tar(['-xzOf', tarball, 'package/package.json']));
}

/**
 * Returns what a registry answers about a package with a single version.
 * @returns {{name: string, page: object, path: string, data: Buffer}} `path`: path of its tarball, `data`: its content
 */
export function describePackage({ manifest, tarball }, url) {
  const { name, version } = manifest;
  const data = readFileSync(tarball);
  const digest = (algorithm, encoding) => createHash(algorithm).update(data).digest(encoding);
  const path = `/${name}/-/${name.replace(/^@.*\//, '')}-${version}.tgz`;
  const dist = { tarball: url + path, integrity: `sha512-${digest('sha512', 'base64')}`, shasum: digest('sha1', 'hex') };
  const page = {
    name, 'dist-tags': { latest: version }, versions: { [version]: { ...manifest, dist } },
    time: { created: PUBLISHED, modified: PUBLISHED, [version]: PUBLISHED },
  };
  return { name, page, path, data };
}
