import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { CACHE, ROOT } from './paths.mjs';

/**
 * Every file under the given paths (files or folders, relative to the root), sorted; what does not exist is left out.
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
 * A digest of the contents of files, so that a fresh clone, a branch switch and a touch do not look like changes.
 * @param {string[]} paths files or folders, relative to the root
 * @param {string} [salt] anything else that the result depends on
 */
export function digestOf(paths, salt = '') {
  const hash = createHash('sha256').update(`${salt}\n`);
  for (const file of filesUnder(paths)) hash.update(`${file}\n`).update(readFileSync(join(ROOT, file)));
  return hash.digest('hex');
}

/** True if the step with this name last succeeded with this digest. */
export function isFresh(name, digest) {
  const file = join(CACHE, `${name}.stamp`);
  return existsSync(file) && readFileSync(file, 'utf8') === digest;
}

/** Notes that the step with this name succeeded with this digest. */
export function markFresh(name, digest) {
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(join(CACHE, `${name}.stamp`), digest);
}
