import { closeSync, existsSync, openSync, readFileSync, readSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** The platforms that have a package; each has a folder in `npm/`. */
const PLATFORMS = [
  'linux-x64-gnu',
  'linux-x64-musl',
  'linux-arm64-gnu',
  'linux-arm64-musl',
  'darwin-x64',
  'darwin-arm64',
  'win32-x64-msvc',
  'win32-arm64-msvc',
];

/** A place that was tried, and why loading from it failed. */
interface Attempt {
  place: string;
  reason: string;
}

/**
 * Loads the native engine: the file that `OXREDIS_ADDON` names, else the package of this platform, else
 * `oxredis.<platform>.node` in the root of this package (the result of a local build).
 *
 * @returns the addon's exports, unchecked
 * @throws Error with code `OXREDIS_ADDON_MISSING`: its message lists what was tried, the platform and how to fix it
 */
export function loadAddon(): unknown {
  const forced = process.env.OXREDIS_ADDON;
  if (forced) return requireForced(forced);

  const platform = platformName();
  const attempts: Attempt[] = [];
  try {
    return requirePackage(platform);
  } catch (error) {
    attempts.push({ place: `package @oxredis/${platform}`, reason: reasonOf(error) });
  }

  const file = join(packageRoot(), `oxredis.${platform}.node`);
  if (existsSync(file)) {
    try {
      return require(file);
    } catch (error) {
      attempts.push({ place: file, reason: reasonOf(error) });
    }
  } else {
    attempts.push({ place: file, reason: 'no such file' });
  }
  throw missing(platform, attempts);
}

/** The name of the platform that this process runs on, as the packages in `npm/` are named. */
export function platformName(): string {
  const base = `${process.platform}-${process.arch}`;
  if (process.platform === 'linux') return `${base}-${libc()}`;
  if (process.platform === 'win32') return `${base}-msvc`;
  return base;
}

/** Each name is a literal, so that bundlers and packagers find it. */
function requirePackage(platform: string): unknown {
  switch (platform) {
    case 'linux-x64-gnu':
      return require('@oxredis/linux-x64-gnu');
    case 'linux-x64-musl':
      return require('@oxredis/linux-x64-musl');
    case 'linux-arm64-gnu':
      return require('@oxredis/linux-arm64-gnu');
    case 'linux-arm64-musl':
      return require('@oxredis/linux-arm64-musl');
    case 'darwin-x64':
      return require('@oxredis/darwin-x64');
    case 'darwin-arm64':
      return require('@oxredis/darwin-arm64');
    case 'win32-x64-msvc':
      return require('@oxredis/win32-x64-msvc');
    case 'win32-arm64-msvc':
      return require('@oxredis/win32-arm64-msvc');
    default:
      throw new Error('there is none for this platform');
  }
}

function requireForced(forced: string): unknown {
  const file = resolve(forced);
  try {
    return require(file);
  } catch (error) {
    const wrapped = new Error(
      `oxredis: OXREDIS_ADDON is set to ${file}, which cannot be loaded: ${reasonOf(error)}\n` +
        'Set it to a .node file built for this platform, or unset it.',
      { cause: error },
    );
    throw Object.assign(wrapped, { code: 'OXREDIS_ADDON_MISSING' });
  }
}

/** The nearest parent folder with a package.json, which is the root of this package however it was compiled or installed. */
function packageRoot(): string {
  let folder = __dirname;
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) return __dirname;
    folder = parent;
  }
  return folder;
}

/**
 * Which C library this process is linked to. The executable names its dynamic linker, which is certain; the presence of
 * files is not (a glibc system may also have musl installed).
 */
function libc(): 'gnu' | 'musl' {
  try {
    const head = Buffer.alloc(4096);
    const descriptor = openSync(process.execPath, 'r');
    const length = readSync(descriptor, head, 0, head.length, 0);
    closeSync(descriptor);
    const text = head.toString('latin1', 0, length);
    if (text.includes('/ld-musl-')) return 'musl';
    if (text.includes('/ld-linux')) return 'gnu';
    return readFileSync('/usr/bin/ldd', 'latin1').includes('musl') ? 'musl' : 'gnu';
  } catch {
    return 'gnu';
  }
}

/** The first line of the error's message, without the require stack that Node appends. */
function reasonOf(error: unknown): string {
  if ((error as { code?: unknown } | undefined)?.code === 'MODULE_NOT_FOUND') return 'not installed';
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n', 1)[0] ?? text;
}

/** The error for an addon of another version than this package: one was replaced without the other. */
export function mismatch(): Error {
  const forced = process.env.OXREDIS_ADDON;
  const fix = forced
    ? `OXREDIS_ADDON is set to ${resolve(forced)}: set it to the .node file of this version, or unset it.`
    : `Install again, so that oxredis and @oxredis/${platformName()} have the same version.\nIn a clone of the repository: npm run build`;
  const error = new Error(`oxredis: the native engine that was found belongs to another version of oxredis.\n${fix}`);
  return Object.assign(error, { code: 'OXREDIS_ADDON_MISMATCH' });
}

function missing(platform: string, attempts: Attempt[]): Error {
  const tried = attempts.map(({ place, reason }) => `  - ${place}: ${reason}`).join('\n');
  const fix = PLATFORMS.includes(platform)
    ? `Reinstall oxredis with optional dependencies on (no --omit=optional, no --no-optional); if node_modules was copied\n` +
      `from another kind of machine, remove it and install again, or add it by hand: npm install @oxredis/${platform}\n` +
      'In a clone of the repository: npm run build'
    : `There is no prebuilt engine for it (there are ${PLATFORMS.join(', ')}).\n` +
      'Build it from a clone of the repository with npm run build, and set OXREDIS_ADDON to the .node file.';
  const error = new Error(
    `oxredis: the native engine could not be loaded on ${platform} (Node ${process.version}). Tried:\n${tried}\n${fix}`,
  );
  return Object.assign(error, { code: 'OXREDIS_ADDON_MISSING' });
}
