import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The root of the repository, whichever folder this was compiled to. */
export const REPOSITORY = find(__dirname);

/** Where tools/fetch-servers.mjs puts servers. */
export const SERVERS = join(REPOSITORY, '.cache', 'servers');

function find(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error('no package.json above the tests');
  return find(parent);
}
