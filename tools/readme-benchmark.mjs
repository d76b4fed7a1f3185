/**
 * Copies the figures of docs/benchmarks.md into the marked section of README.md.
 *
 *   node tools/readme-benchmark.mjs [--check]     `--check` only reports whether they agree
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from './setup/paths.mjs';

const README = join(ROOT, 'README.md');
const REPORT = join(ROOT, 'docs', 'benchmarks.md');
const BEGIN = '<!-- benchmark:begin -->';
const END = '<!-- benchmark:end -->';

/** Columns of the README's table, in order; those that were not measured are left out. */
const COLUMNS = ['oxredis', 'redis', 'redis, timeouts off', 'ioredis', 'valkey-glide'];

/** Returns the first table under a heading of the report: `{head, rows}`, without Markdown. */
function tableOf(report, heading) {
  const start = report.indexOf(`\n## ${heading}\n`);
  if (start < 0) throw new Error(`docs/benchmarks.md has no section "${heading}"`);
  const lines = report.slice(start + 1).split('\n').slice(1);
  const first = lines.findIndex((line) => line.startsWith('|'));
  const end = lines.findIndex((line, index) => index > first && !line.startsWith('|'));
  const cells = lines.slice(first, end).map((line) => line.slice(1, line.lastIndexOf('|')).split('|').map((cell) => cell.trim()));
  const [head, , ...rows] = cells;
  return { head, rows };
}

/** Returns the items of the list under a heading. */
function listOf(report, heading) {
  const start = report.indexOf(`\n## ${heading}\n`);
  if (start < 0) throw new Error(`docs/benchmarks.md has no section "${heading}"`);
  const text = report.slice(start).split('\n## ')[1];
  return [...text.matchAll(/^- (.*)$/gm)].map((match) => match[1]);
}

/** Returns the section of the README, including the markers. */
function sectionOf(report) {
  const { head, rows } = tableOf(report, 'Operations per second');
  const titles = new Map(tableOf(report, 'Workloads').rows.map(([name, title]) => [name.replaceAll('`', ''), title]));
  const columns = COLUMNS.filter((name) => head.includes(name));
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const table = [
    line(['operations per second', ...columns]),
    line(['---', ...columns.map(() => '---:')]),
    ...rows.map((row) => line([titles.get(row[0]) ?? row[0], ...columns.map((name) => row[head.indexOf(name)])])),
  ].join('\n');
  const [machine, versions, rounds] = listOf(report, 'Method');
  const method = [machine, versions, rounds].map((text) => text.replace(/\.$/, '')).join('. ');
  return [
    BEGIN,
    table,
    `\`redis\` is npm \`redis\` with its default options; "timeouts off" is \`commandOptions: { timeout: undefined }\`. ${method}.`,
    '`npm run bench` measures on your machine. [All figures and the whole method](docs/benchmarks.md): CPU per operation, memory, event-loop delay, start-up.',
    END,
  ].join('\n\n').replace(`${BEGIN}\n\n`, `${BEGIN}\n`).replace(`\n\n${END}`, `\n${END}`);
}

/** Returns the README with the figures of the report. */
export function updatedReadme() {
  const readme = readFileSync(README, 'utf8');
  const [begin, end] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`README.md has no ${BEGIN} … ${END}`);
  if (!existsSync(REPORT)) return readme;
  return readme.slice(0, begin) + sectionOf(readFileSync(REPORT, 'utf8')) + readme.slice(end + END.length);
}

/** Writes the section. @returns {boolean} whether the README changed */
export function updateReadme() {
  const text = updatedReadme();
  if (text === readFileSync(README, 'utf8')) return false;
  writeFileSync(README, text);
  return true;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  if (!process.argv.includes('--check')) {
    console.log(updateReadme() ? 'README.md: figures updated' : 'README.md: nothing to change');
  } else if (updatedReadme() !== readFileSync(README, 'utf8')) {
    console.error('README.md does not show the figures of docs/benchmarks.md: node tools/readme-benchmark.mjs');
    process.exitCode = 1;
  }
}
