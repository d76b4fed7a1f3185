import { existsSync } from 'node:fs';
import { run, say, SetupError, which } from './run.mjs';

const FOLDERS = ['/usr/bin', '/usr/sbin', '/usr/local/bin', '/usr/local/sbin', '/opt/homebrew/bin', '/snap/bin'];

/** How each package manager installs a server: commands to run in order, as root if `root` is set. */
const MANAGERS = [
  {
    program: 'apt-get',
    root: true,
    // RUNLEVEL=1 keeps Debian's package from starting a system service.
    env: { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
    commands: [['update', '-q'], ['install', '-y', '-q', '--no-install-recommends', 'redis-server']],
  },
  { program: 'apk', root: true, commands: [['add', '--no-cache', 'redis']] },
  { program: 'dnf', root: true, commands: [['install', '-y', 'redis']], otherwise: [['install', '-y', 'valkey']] },
  { program: 'yum', root: true, commands: [['install', '-y', 'redis']] },
  { program: 'pacman', root: true, commands: [['-Sy', '--noconfirm', '--needed', 'valkey']] },
  { program: 'zypper', root: true, commands: [['--non-interactive', 'install', 'redis']] },
  { program: 'brew', root: false, commands: [['install', 'redis']] },
];

/**
 * Returns the path of an installed Redis or Valkey server program, if there is one. `OXREDIS_REDIS_SERVER` sets another
 * one.
 */
export function findServer() {
  const named = process.env.OXREDIS_REDIS_SERVER;
  if (named) {
    if (!existsSync(named)) throw new SetupError(`OXREDIS_REDIS_SERVER is ${named}, which does not exist`);
    return named;
  }
  return which('redis-server', FOLDERS) ?? which('valkey-server', FOLDERS);
}

/**
 * Makes sure that there is a server program; if necessary, installs one with the system's package manager. It is not
 * started as a service: tests and tours start their own server, on a free port of the loopback interface.
 * @returns {Promise<string>} its path
 * @throws SetupError that says what to install
 */
export async function ensureServer() {
  const found = findServer();
  if (found) return found;
  for (const manager of MANAGERS) {
    if (!which(manager.program)) continue;
    const prefix = manager.root ? asRoot() : [];
    if (prefix === undefined) throw advice(manager, 'this needs root, and sudo without a password is not available');
    say(`installing a Redis server with ${manager.program}`);
    try {
      await install(manager, prefix);
    } catch (error) {
      throw advice(manager, error.message);
    }
    const installed = findServer();
    if (installed) return installed;
    throw advice(manager, 'it was installed, but no redis-server was found in PATH afterwards');
  }
  throw advice(undefined, 'no known package manager was found');
}

async function install(manager, prefix) {
  const [program, ...before] = [...prefix, ...environment(manager), manager.program];
  try {
    for (const args of manager.commands) await run(program, [...before, ...args]);
  } catch (error) {
    if (!manager.otherwise) throw error;
    for (const args of manager.otherwise) await run(program, [...before, ...args]);
  }
}

/** Variables are passed through `env`, because sudo passes few of them on. */
function environment(manager) {
  return manager.env ? ['env', ...Object.entries(manager.env).map(([name, value]) => `${name}=${value}`)] : [];
}

/** Returns the words that run a command as root, or undefined if that is not possible. */
function asRoot() {
  if (process.getuid?.() === 0) return [];
  return which('sudo') ? ['sudo', '-n'] : undefined;
}

function advice(manager, reason) {
  const lines = manager
    ? manager.commands.map((args) => `    ${manager.root ? 'sudo ' : ''}${manager.program} ${args.join(' ')}`).join('\n')
    : '    redis-server 6.2 or later, or valkey-server, with your system\'s package manager';
  return new SetupError(
    `A Redis server program is needed and none was found (${reason}). Install one:\n${lines}\n` +
      'or set OXREDIS_REDIS_SERVER to the path of a redis-server or valkey-server.',
  );
}
