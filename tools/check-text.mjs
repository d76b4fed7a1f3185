/**
 * Checks every text file of the project for what must not be committed: leftovers of unfinished work, disabled tests,
 * paths and hosts of a single machine, stray whitespace.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './setup/paths.mjs';
import { projectFiles } from './setup/tracked-files.mjs';

/**
 * This file contains the patterns itself, so it is not checked. Generated files and lock files have rules of their own.
 */
const SELF = 'tools/check-text.mjs';
const BINARY = /\.(png|jpg|gif|ico|node|tgz|gz|zip|pdf|bin|der|p12)$|^fuzz\/seeds\//;
const CODE = /\.(rs|ts|mjs|js|cjs|sh)$|^\.ci\/run$/;
const TESTS = /^(__test__|tests)\/|\.test\.|_tests?\.rs$/;

/** `[file pattern, forbidden pattern, message, exempt files]` */
const RULES = [
  [/./, /\b(TODO|FIXME|XXX|HACK)\b/, 'unfinished work: finish it or file an issue'],
  [/./, /^(<{7}|>{7}|={7})( |$)/, 'a merge conflict'],
  [/\.rs$/, /\b(todo|unimplemented)!\s*\(|\bdbg!\s*\(/, 'unfinished work'],
  [/\.rs$/, /#\[ignore\b/, 'a test that is switched off'],
  [/\.(ts|mjs|js)$/, /\b(test|it|describe|suite)\.(skip|only|todo)\b|^\s*debugger\b/, 'a test that is switched off or singled out'],
  [TESTS, /\{[^}]*\b(skip|todo|only):\s*(true|['"`])/, 'a test that is switched off or singled out'],
  [/^lib\//, /^(?!\s*(?:\*|\/\/)).*\bconsole\.(log|debug|error)\(/, 'a library does not print'],
  [/^src\//, /\b(e?println|print)!\s*\(/, 'a library does not print'],
  [/./, /(^|[\s"'`(=])\/(root|home\/\w+|Users\/\w+|work)\//, 'a path of one machine'],
  [/./, /\/tmp\/(wt|brief|bash_jobs)\b/, 'a path of one machine'],
  [/./, /https?:\/\/[^\s"'/]*(registry|artifactory|nexus|mirror|packages|proxy)[^\s"'/]*/i, 'the host of a package registry'],
  [/./, /https?:\/\/[^\s"'/]+\.(internal|corp|lan|intra)\b/i, 'a host of one network'],
  [/package-lock\.json$/, /"resolved":\s*"https?:/, 'the host of a package registry: npm install with omit-lockfile-registry-resolved'],
  [/./, /[ \t]+$/, 'whitespace at the end of a line', /\.(md|svg|txt|resp|bin)$/],
];

let count = 0;
function complain(file, line, text) {
  count += 1;
  console.error(`${file}:${line}: ${text}`);
}

for (const file of projectFiles()) {
  if (BINARY.test(file) || file === SELF) continue;
  const text = readFileSync(join(ROOT, file), 'utf8');
  if (text.includes('\0')) continue;
  const rules = RULES.filter(([where, , , except]) => where.test(file) && !except?.test(file));
  const lines = text.split('\n');
  for (const [index, line] of lines.entries()) {
    for (const [, what, why] of rules) {
      const match = what.exec(line);
      if (match) complain(file, index + 1, `${why}: ${match[0].trim() || 'at the end'}`);
    }
  }
  if (CODE.test(file) && text !== '' && !text.endsWith('\n')) complain(file, lines.length, 'no newline at the end of the file');
}

console.log(count === 0 ? 'text: fine' : `text: ${count} problems`);
process.exitCode = count === 0 ? 0 : 1;
