import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the repository. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Where stamps are kept: ignored by git, gone with node_modules (which `npm ci` removes). */
export const CACHE = join(ROOT, 'node_modules', '.cache', 'oxredis');

/** Where downloads are kept (servers, runtimes): ignored by git, outliving node_modules. */
export const DOWNLOADS = join(ROOT, '.cache');
