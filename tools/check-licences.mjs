/**
 * Checks that everything in the published packages may be distributed under the MIT licence: the crates that are linked
 * into the engine, and the npm packages that oxredis depends on at run time (there are none). Development packages are
 * checked too, with a longer list of allowed licences.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cargo } from './setup/addon.mjs';
import { ROOT } from './setup/paths.mjs';
import { main } from './setup.mjs';

const PERMISSIVE = new Set([
  ...['MIT', 'MIT-0', 'Apache-2.0', 'Apache-2.0 WITH LLVM-exception', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', '0BSD'],
  ...['Unicode-3.0', 'Unicode-DFS-2016', 'Zlib', 'BSL-1.0', 'CC0-1.0', 'Unlicense', 'OpenSSL', 'CDLA-Permissive-2.0'],
]);
/**
 * Allowed for tools that are only run, because they are not distributed; for example licences of data and texts that
 * demand attribution.
 */
const DEVELOPMENT = new Set([...PERMISSIVE, 'Python-2.0', 'BlueOak-1.0.0', 'CC-BY-4.0', 'CC-BY-3.0', 'MPL-2.0']);

/** Whether the given licences satisfy an SPDX expression. `/` is how old crates write OR. */
function satisfied(expression, allowed) {
  const text = expression.replaceAll('/', ' OR ').trim();
  const alternatives = splitTop(text, 'OR');
  if (alternatives.length > 1) return alternatives.some((part) => satisfied(part, allowed));
  const all = splitTop(text, 'AND');
  if (all.length > 1) return all.every((part) => satisfied(part, allowed));
  if (text.startsWith('(') && text.endsWith(')')) return satisfied(text.slice(1, -1), allowed);
  return allowed.has(text);
}

/** Splits at a word that is not inside parentheses. */
function splitTop(text, word) {
  const parts = [];
  let depth = 0;
  let current = [];
  for (const token of text.replace(/([()])/g, ' $1 ').split(/\s+/).filter(Boolean)) {
    if (token === '(') depth += 1;
    if (token === ')') depth -= 1;
    if (token === word && depth === 0) {
      parts.push(current.join(' '));
      current = [];
    } else current.push(token);
  }
  return [...parts, current.join(' ')];
}

/** Returns the crates in the library's own dependency tree (normal and build dependencies, not those of tests). */
function crates() {
  const text = execFileSync(cargo(), ['metadata', '--format-version', '1', '--locked'], { cwd: ROOT, encoding: 'utf8', maxBuffer: 1 << 28 });
  const { packages, resolve } = JSON.parse(text);
  const nodes = new Map(resolve.nodes.map((node) => [node.id, node]));
  const shipped = new Set();
  const visit = (id) => {
    if (shipped.has(id)) return;
    shipped.add(id);
    for (const dep of nodes.get(id).deps) if (dep.dep_kinds.some(({ kind }) => kind !== 'dev')) visit(dep.pkg);
  };
  visit(resolve.root);
  return packages.map(({ id, name, version, license }) => ({ name: `${name} ${version}`, license, shipped: shipped.has(id) }));
}

/** Yields the packages in node_modules, including nested ones. */
function* npmPackages(folder) {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    if (name.startsWith('.')) continue;
    if (name.startsWith('@')) yield* npmPackages(join(folder, name));
    const file = join(folder, name, 'package.json');
    if (!existsSync(file)) continue;
    const { name: full, version, license, licenses } = JSON.parse(readFileSync(file, 'utf8'));
    yield { name: `${full} ${version}`, license: license ?? licenses?.[0]?.type };
    yield* npmPackages(join(folder, name, 'node_modules'));
  }
}

await main(async () => {
  const problems = [];
  const counts = { crates: 0, packages: 0 };
  for (const { name, license, shipped } of crates()) {
    counts.crates += 1;
    if (!license || !satisfied(license, shipped ? PERMISSIVE : DEVELOPMENT)) problems.push(`crate ${name}: ${license ?? 'no licence'}`);
  }
  for (const { name, license } of npmPackages(join(ROOT, 'node_modules'))) {
    counts.packages += 1;
    if (!license || !satisfied(license, DEVELOPMENT)) problems.push(`npm ${name}: ${license ?? 'no licence'}`);
  }
  const { dependencies = {} } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  for (const name of Object.keys(dependencies)) problems.push(`${name}: the package has no run-time dependencies, by design`);
  for (const problem of problems) console.error(problem);
  console.log(`licences: ${counts.crates} crates, ${counts.packages} npm packages, ${problems.length} problems`);
  if (problems.length > 0) process.exitCode = 1;
});
