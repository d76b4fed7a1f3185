import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the repository. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Folder of the stamps: ignored by git, removed together with node_modules (for example by `npm ci`). */
export const CACHE = join(ROOT, 'node_modules', '.cache', 'oxredis');

/** Folder of downloads (servers, runtimes): ignored by git, not removed with node_modules. */
export const DOWNLOADS = join(ROOT, '.cache');
