import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { CACHE, ROOT } from './paths.mjs';

/**
 * Returns all files under the given paths (files or folders, relative to the root), sorted; missing paths are left out.
 * @param {string[]} paths
 * @returns {string[]} paths relative to the root, with forward slashes
 */
export function filesUnder(paths) {
  const found = [];
  const visit = (path) => {
    if (!existsSync(path)) return;
    if (!statSync(path).isDirectory()) {
      found.push(relative(ROOT, path).replaceAll('\\', '/'));
      return;
    }
    for (const name of readdirSync(path)) {
      if (name !== 'node_modules' && name !== 'target') visit(join(path, name));
    }
  };
  for (const path of paths) visit(join(ROOT, path));
  return found.sort();
}

/**
 * Returns a digest of the contents of files. Unlike times, it does not change with a fresh clone, a branch switch or
 * `touch`.
 * @param {string[]} paths files or folders, relative to the root
 * @param {string} [salt] anything else that the result depends on
 */
export function digestOf(paths, salt = '') {
  const hash = createHash('sha256').update(`${salt}\n`);
  for (const file of filesUnder(paths)) hash.update(`${file}\n`).update(readFileSync(join(ROOT, file)));
  return hash.digest('hex');
}

/** Whether the step with this name last succeeded with this digest. */
export function isFresh(name, digest) {
  const file = join(CACHE, `${name}.stamp`);
  return existsSync(file) && readFileSync(file, 'utf8') === digest;
}

/** Records that the step with this name succeeded with this digest. */
export function markFresh(name, digest) {
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(join(CACHE, `${name}.stamp`), digest);
}
