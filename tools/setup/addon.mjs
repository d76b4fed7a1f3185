import { copyFileSync, existsSync, readFileSync, renameSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './paths.mjs';
import { run, say, SetupError, which } from './run.mjs';
import { digestOf, isFresh, markFresh } from './stamp.mjs';

const SOURCES = ['src', 'build.rs', 'Cargo.toml', 'Cargo.lock', 'rust-toolchain.toml', '.cargo'];

/** Returns this platform's name in file names, packages and the loader. */
export function platformName() {
  const base = `${process.platform}-${process.arch}`;
  if (process.platform === 'linux') return `${base}-${isMusl() ? 'musl' : 'gnu'}`;
  return process.platform === 'win32' ? `${base}-msvc` : base;
}

function isMusl() {
  return readFileSync(process.execPath).subarray(0, 4096).includes('/ld-musl-');
}

/** Returns the path of a locally built addon. */
export function addonFile() {
  return join(ROOT, `oxredis.${platformName()}.node`);
}

function libraryName() {
  if (process.platform === 'win32') return 'oxredis.dll';
  return process.platform === 'darwin' ? 'liboxredis.dylib' : 'liboxredis.so';
}

/** Returns the path of cargo. @throws SetupError that says how to install it */
export function cargo() {
  const found = which('cargo', [join(homedir(), '.cargo', 'bin')]);
  if (found) return found;
  throw new SetupError(
    'The engine is written in Rust and no cargo was found in PATH or ~/.cargo/bin.\n' +
      'Install a Rust toolchain (1.88 or later): see rustup.rs, or your system\'s package manager (rustup, or rust and cargo).',
  );
}

/** Builds the addon with cargo and copies it to the root, unless it exists and its sources are unchanged. */
export async function buildAddon() {
  const digest = digestOf(SOURCES, platformName());
  const target = addonFile();
  if (isFresh('addon', digest) && existsSync(target)) return;
  const program = cargo();
  say('building the engine (cargo build --release; a few minutes the first time)');
  const started = Date.now();
  // musl targets link statically by default, and then no cdylib can be built.
  const env = isMuslTarget() ? { RUSTFLAGS: `${process.env.RUSTFLAGS ?? ''} -C target-feature=-crt-static`.trim() } : {};
  await run(program, ['build', '--release', '--lib'], { env });
  const built = join(process.env.CARGO_TARGET_DIR ?? join(ROOT, 'target'), 'release', libraryName());
  if (!existsSync(built)) throw new SetupError(`cargo succeeded, but ${built} is not there`);
  // Renamed into place: a process that has the old file mapped must not see it change.
  copyFileSync(built, `${target}.new`);
  renameSync(`${target}.new`, target);
  markFresh('addon', digest);
  say(`engine built in ${((Date.now() - started) / 1000).toFixed(0)} s`);
}

function isMuslTarget() {
  return process.platform === 'linux' && isMusl();
}
