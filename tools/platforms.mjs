/**
 * Writes npm/<platform>/package.json and README.md, one package for each platform with a prebuilt engine. Run it after
 * a change of the version or of this table; `--check` only reports whether the files are up to date.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from './setup/paths.mjs';

/** `target`: the Rust target; `libc`: npm's name of the C library. */
export const PLATFORMS = {
  'linux-x64-gnu': { os: 'linux', cpu: 'x64', libc: 'glibc', target: 'x86_64-unknown-linux-gnu', title: 'Linux on x64 with glibc' },
  'linux-arm64-gnu': { os: 'linux', cpu: 'arm64', libc: 'glibc', target: 'aarch64-unknown-linux-gnu', title: 'Linux on arm64 with glibc' },
  'linux-x64-musl': { os: 'linux', cpu: 'x64', libc: 'musl', target: 'x86_64-unknown-linux-musl', title: 'Linux on x64 with musl' },
  'linux-arm64-musl': { os: 'linux', cpu: 'arm64', libc: 'musl', target: 'aarch64-unknown-linux-musl', title: 'Linux on arm64 with musl' },
  'darwin-x64': { os: 'darwin', cpu: 'x64', target: 'x86_64-apple-darwin', title: 'macOS on x64' },
  'darwin-arm64': { os: 'darwin', cpu: 'arm64', target: 'aarch64-apple-darwin', title: 'macOS on arm64' },
  'win32-x64-msvc': { os: 'win32', cpu: 'x64', target: 'x86_64-pc-windows-msvc', title: 'Windows on x64' },
  'win32-arm64-msvc': { os: 'win32', cpu: 'arm64', target: 'aarch64-pc-windows-msvc', title: 'Windows on arm64' },
};

/** Returns the name of the package of a platform. */
export const packageName = (platform) => `@oxredis/${platform}`;

/** Returns the contents of the files of a platform's package, by file name. */
function filesOf(platform, { version, license, author, engines }) {
  const { os, cpu, libc, target, title } = PLATFORMS[platform];
  const file = `oxredis.${platform}.node`;
  const manifest = {
    name: packageName(platform),
    version,
    description: `The engine of oxredis for ${title}`,
    license,
    author,
    main: file,
    files: [file],
    os: [os],
    cpu: [cpu],
    ...(libc && { libc: [libc] }),
    engines,
  };
  const readme =
    `# ${packageName(platform)}\n\nThe native engine of [oxredis](https://www.npmjs.com/package/oxredis) for ${title} ` +
    `(\`${target}\`).\n\nIt is installed with \`oxredis\` where it fits; do not depend on it directly.\n`;
  return { 'package.json': `${JSON.stringify(manifest, undefined, 2)}\n`, 'README.md': readme };
}

function update(checkOnly) {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  let stale = 0;
  for (const platform of Object.keys(PLATFORMS)) {
    const folder = join(ROOT, 'npm', platform);
    for (const [name, text] of Object.entries(filesOf(platform, manifest))) {
      const file = join(folder, name);
      if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
      stale += 1;
      if (checkOnly) console.error(`npm/${platform}/${name} is out of date: node tools/platforms.mjs`);
      else {
        mkdirSync(folder, { recursive: true });
        writeFileSync(file, text);
      }
    }
  }
  const cargo = /^version = "([^"]+)"/m.exec(readFileSync(join(ROOT, 'Cargo.toml'), 'utf8'))?.[1];
  if (cargo !== manifest.version) {
    stale += 1;
    console.error(`Cargo.toml has version ${cargo}, package.json ${manifest.version}`);
    process.exitCode = 1;
  }
  if (checkOnly && stale > 0) process.exitCode = 1;
  console.log(checkOnly && stale === 0 ? 'platform packages: fine' : `platform packages: ${stale} ${checkOnly ? 'stale' : 'written'}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) update(process.argv.includes('--check'));
