import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { SERVERS } from './paths';

/** Servers that tests can ask for. `default`: OXREDIS_REDIS_SERVER, else redis-server or valkey-server in PATH. */
export type ServerVersion = 'default' | 'redis-8' | 'valkey-9';

/** How to start a server program. */
export interface ServerProgram {
  command: string;
  args: string[];
  /** `redis` or `valkey`. */
  kind: string;
  /** `[major, minor]` */
  version: [number, number];
}

const known = new Map<ServerVersion, ServerProgram | undefined>();

/**
 * Finds a server program, or undefined if it is not on this machine (`npm run servers` fetches the newer ones).
 * OXREDIS_REDIS_8 and OXREDIS_VALKEY_9 name programs to use for them.
 */
export function findServerProgram(version: ServerVersion = 'default'): ServerProgram | undefined {
  if (!known.has(version)) known.set(version, identify(candidate(version)));
  return known.get(version);
}

/** The server's name, such as `Redis 7.0`. @throws Error where it is not on this machine */
export function serverName(version: ServerVersion): string {
  const program = findServerProgram(version);
  if (!program) throw new Error(`there is no ${version} on this machine`);
  return `${program.kind === 'redis' ? 'Redis' : 'Valkey'} ${program.version.join('.')}`;
}

/** The servers that are on this machine, the default one first. */
export function availableServers(): ServerVersion[] {
  return (['default', 'redis-8', 'valkey-9'] as const).filter((version) => findServerProgram(version) !== undefined);
}

function candidate(version: ServerVersion): { command: string; args: string[] } | undefined {
  if (version === 'default') {
    const command = process.env.OXREDIS_REDIS_SERVER || inPath('redis-server') || inPath('valkey-server');
    return command ? { command, args: [] } : undefined;
  }
  const named = version === 'redis-8' ? process.env.OXREDIS_REDIS_8 : process.env.OXREDIS_VALKEY_9;
  if (named) return { command: named, args: [] };
  // Made by tools/fetch-servers.mjs: a script that starts the server with the libraries it was built for.
  const start = join(SERVERS, version, 'start');
  return existsSync(start) ? { command: start, args: [] } : undefined;
}

function identify(found: { command: string; args: string[] } | undefined): ServerProgram | undefined {
  if (!found) return undefined;
  const text = execFileSync(found.command, [...found.args, '--version'], { encoding: 'utf8' });
  const match = /(Redis|Valkey) server v=(\d+)\.(\d+)/i.exec(text);
  if (!match) throw new Error(`${found.command} --version says ${text}`);
  return { ...found, kind: (match[1] ?? '').toLowerCase(), version: [Number(match[2]), Number(match[3])] };
}

function inPath(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'];
  return folders
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
