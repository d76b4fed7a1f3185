import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the repository. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Where stamps and downloads are kept: private, ignored by git, gone with node_modules. */
export const CACHE = join(ROOT, 'node_modules', '.cache', 'oxredis');
