/**
 * Downloads newer servers than most systems have, for tests that need them: Redis 8 and Valkey 9, from the packages of
 * later Debian suites, unpacked into `.cache/` together with the libraries they were built for. Nothing is installed.
 * It needs Debian or a distribution based on it (apt-get and dpkg-deb), but not root.
 *
 *   node tools/fetch-servers.mjs [redis-8] [valkey-9]
 *
 * Afterwards `start` in `.cache/servers/<name>/` runs the server.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DOWNLOADS } from './setup/paths.mjs';
import { run, say, SetupError, which } from './setup/run.mjs';
import { main } from './setup.mjs';

const SERVERS = {
  'redis-8': { package: 'redis-server', tools: 'redis-tools', program: 'redis-server', major: 8 },
  'valkey-9': { package: 'valkey-server', tools: 'valkey-tools', program: 'valkey-server', major: 9 },
};
/** Oldest first: the packages of an older suite need fewer libraries that differ from the installed ones. */
const SUITES = ['trixie', 'forky', 'sid'];
const FOLDER = join(DOWNLOADS, 'servers');
const APT = join(FOLDER, 'apt');

/** Returns the archive that this machine gets its packages from, and the keys that it trusts. */
function archive() {
  const folder = '/etc/apt/sources.list.d';
  const files = [...(existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []), '/etc/apt/sources.list'];
  for (const file of files.filter((name) => /\.(list|sources)$/.test(name) && existsSync(name))) {
    const text = readFileSync(file, 'utf8');
    const uri = /^URIs:\s*(\S+\/debian\/?)\s*$/m.exec(text) ?? /^deb\s+(?:\[[^\]]*\]\s+)?(\S+\/debian\/?)\s/m.exec(text);
    if (uri) return uri[1];
  }
  throw new SetupError('no Debian archive is named in this machine\'s apt sources');
}

/**
 * Writes a separate apt configuration: other suites, an empty package state; it shares only the archive and the keys
 * with the system's.
 */
function configureApt() {
  for (const name of ['lists/partial', 'cache/archives/partial', 'etc']) mkdirSync(join(APT, name), { recursive: true });
  const uri = archive();
  const keys = '/usr/share/keyrings/debian-archive-keyring.gpg';
  const signed = existsSync(keys) ? `[signed-by=${keys}] ` : '';
  writeFileSync(join(APT, 'status'), '');
  writeFileSync(join(APT, 'etc', 'sources.list'), SUITES.map((suite) => `deb ${signed}${uri} ${suite} main\n`).join(''));
  writeFileSync(
    join(APT, 'apt.conf'),
    [
      `Dir::State "${APT}"; Dir::State::status "${APT}/status"; Dir::State::lists "${APT}/lists";`,
      `Dir::Cache "${APT}/cache"; Dir::Etc::sourcelist "${APT}/etc/sources.list"; Dir::Etc::sourceparts "/dev/null";`,
      // An outdated mirror is good enough here; signatures are still checked.
      'Acquire::Languages "none"; Acquire::Check-Valid-Until "false"; APT::Sandbox::User "root";',
      '',
    ].join('\n'),
  );
}

const apt = (program, ...args) =>
  execFileSync(program, args, { env: { ...process.env, APT_CONFIG: join(APT, 'apt.conf') }, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 1 << 26 });

/** Returns the oldest suite that has the wanted major version, according to apt-cache madison. */
function suiteOf(server) {
  const lines = apt('apt-cache', 'madison', server.package).split('\n');
  const found = lines
    .map((line) => line.split('|').map((part) => part.trim()))
    .filter(([, version]) => version?.replace(/^\d+:/, '').startsWith(`${server.major}.`))
    .map(([, , source]) => SUITES.find((suite) => source.includes(` ${suite}/`)));
  return SUITES.find((suite) => found.includes(suite));
}

/** Returns the server, its tools (Debian's server program is a link to them) and all libraries that they depend on. */
function packagesOf(server, suite) {
  const flags = ['recommends', 'suggests', 'conflicts', 'breaks', 'replaces', 'enhances'].map((kind) => `--no-${kind}`);
  const text = apt('apt-cache', '-t', suite, 'depends', '--recurse', ...flags, server.tools);
  const libraries = text.split('\n').filter((line) => /^lib[\w.+-]+$/.test(line) && !/^lib(pam|debconf|audit|semanage)/.test(line));
  return [...new Set([server.package, server.tools, ...libraries])];
}

function find(folder, pattern) {
  const entries = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const found = entries.find((name) => pattern.test(name));
  return found === undefined ? undefined : join(folder, found);
}

async function fetch(name) {
  const server = SERVERS[name];
  const suite = suiteOf(server);
  if (!suite) throw new SetupError(`the archive has no ${server.package} of that version in ${SUITES.join(', ')}`);
  const target = join(FOLDER, name);
  const fresh = `${target}.new`;
  const debs = join(FOLDER, `${name}.debs`);
  for (const folder of [fresh, debs]) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
  }
  const packages = packagesOf(server, suite);
  say(`fetching ${name} from ${suite} (${packages.length} packages)`);
  await run('apt-get', ['download', '-q', ...packages.map((each) => `${each}/${suite}`)], { cwd: debs, env: { APT_CONFIG: join(APT, 'apt.conf') }, quiet: true });
  for (const file of readdirSync(debs)) await run('dpkg-deb', ['-x', join(debs, file), fresh], { quiet: true });
  rmSync(debs, { recursive: true });
  rmSync(target, { recursive: true, force: true });
  renameSync(fresh, target);
  writeStart(target, server);
  const version = execFileSync(join(target, 'start'), ['--version'], { encoding: 'utf8' });
  if (!version.includes(`v=${server.major}.`)) throw new SetupError(`${name} says it is ${version}`);
  say(`${name}: ${version.trim()}`);
}

/** Writes a script that runs the program with its own dynamic loader and libraries. */
function writeStart(target, { program }) {
  const loader = find(target, /(^|\/)ld-linux[\w-]*\.so\.\d+$/);
  const libc = find(target, /(^|\/)libc\.so\.6$/);
  if (!loader || !libc) throw new SetupError(`no C library among the packages in ${target}`);
  const libraries = join(libc, '..');
  const script = join(target, 'start');
  writeFileSync(script, `#!/bin/sh\nexec '${loader}' --library-path '${libraries}' '${join(target, 'usr', 'bin', program)}' "$@"\n`);
  chmodSync(script, 0o755);
}

await main(async () => {
  const names = process.argv.slice(2);
  for (const name of names) if (!(name in SERVERS)) throw new SetupError(`${name} is none of ${Object.keys(SERVERS).join(', ')}`);
  const missing = (names.length > 0 ? names : Object.keys(SERVERS)).filter((name) => !existsSync(join(FOLDER, name, 'start')));
  if (missing.length === 0) return say('the newer servers are there');
  if (!which('apt-get') || !which('dpkg-deb')) throw new SetupError('newer servers are fetched with apt-get and dpkg-deb, which this system does not have');
  configureApt();
  say('reading package lists');
  await run('apt-get', ['update', '-q'], { env: { APT_CONFIG: join(APT, 'apt.conf') }, quiet: true });
  for (const name of missing) await fetch(name);
  rmSync(APT, { recursive: true, force: true });
});
