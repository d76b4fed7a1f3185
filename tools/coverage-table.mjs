/**
 * Runs the tests that compare commands with npm `redis`, and writes how many commands they compared, by area, into
 * docs/commands.md.
 *
 *   node tools/coverage-table.mjs             with the installed servers (npm run servers downloads newer ones)
 *   node tools/coverage-table.mjs --check     exit 1 if the columns that need no server are out of date
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandRows } from './command-tables.mjs';
import { ROOT } from './setup/paths.mjs';
import { SetupError } from './setup/run.mjs';
import { main } from './setup.mjs';

const PAGE = join(ROOT, 'docs', 'commands.md');
const [BEGIN, END] = ['<!-- coverage:begin -->', '<!-- coverage:end -->'];

/** Filters of tools/test.mjs: the comparisons without a server, and with one. */
const WITHOUT_SERVER = ['commands/encoding', 'commands/oracle-arguments', 'commands/module-replies', '.property.test'];
const WITH_SERVER = ['oracle/replies-', 'oracle/cluster/replies-', 'oracle/cluster/sequences-'];

const rows = commandRows((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => !/generated/.test(name)))
  .map((row) => ({ ...row, name: `${row.namespace}.${row.method}` }));

/** Runs tests and returns what they recorded. @throws SetupError if one fails */
function notes(filters) {
  const folder = mkdtempSync(join(tmpdir(), 'oxredis-coverage-'));
  try {
    const env = { ...process.env, OXREDIS_COVERAGE: folder };
    const { status } = spawnSync(process.execPath, [join(ROOT, 'tools', 'test.mjs'), '--js', ...filters], { cwd: ROOT, env, stdio: ['ignore', 'inherit', 'inherit'] });
    if (status !== 0) throw new SetupError('the table is made of tests that pass, and some failed');
    return readdirSync(folder).sort().map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A column of the table: how many of an area's commands are in `names`. */
const column = (title, names) => ({ title, count: (area) => area.filter((name) => names.has(name)).length });

function columns(all) {
  const of = (oracle) => new Set(all.filter((note) => note.oracle === oracle).flatMap(({ compared }) => compared));
  return [
    { title: 'commands', count: (area) => area.length }, column('bytes of examples', of('wire')), column('bytes of odd arguments', of('property')),
    column('recorded replies', of('recordings')),
  ];
}

/** One for each server, through clients, or through clients of clusters of it. */
function serverColumns(all, oracle, title) {
  const replies = all.filter((note) => note.oracle === oracle);
  const servers = [...new Set(replies.map(({ server }) => server))];
  return servers.map((server) => column(title(server), new Set(replies.filter((note) => note.server === server).flatMap(({ compared }) => compared))));
}

/** Area → its cells, as numbers. */
function table(list) {
  const areas = [...new Set(rows.map(({ area }) => area))];
  const lines = areas.map((area) => {
    const names = rows.filter((row) => row.area === area).map(({ name }) => name);
    return [area, ...list.map(({ count }) => count(names))];
  });
  return [...lines, ['all', ...list.map((_, index) => lines.reduce((sum, line) => sum + line[index + 1], 0))]];
}

const cells = (line) => `| ${line.join(' | ')} |`;

/** Returns remarks on the commands whose replies were not compared, for each server and in total. */
function remarks(all) {
  const replies = all.filter(({ oracle }) => oracle === 'replies');
  const servers = [...new Set(replies.map(({ server }) => server))];
  const has = (note, name) => note.compared.includes(name);
  const nowhere = rows.filter(({ name, namespace }) => namespace === 'client' && !replies.some((note) => has(note, name)));
  const refused = nowhere.filter(({ name }) => replies.some((note) => note.refused?.includes(name)));
  const unknown = nowhere.filter((row) => !refused.includes(row));
  const list = (some) => some.map(({ method }) => `\`${method}\``).join(', ');
  return [
    `No server here (${servers.join(', ')}) knows ${unknown.length} of the commands: ${list(unknown)}.`,
    refused.length === 0 ? '' : `Servers here only refuse ${refused.length}, with the same error in both libraries: ${list(refused)}.`,
  ].filter((text) => text !== '').join('\n\n');
}

function render(all) {
  const list = [...columns(all), ...serverColumns(all, 'replies', (server) => server), ...serverColumns(all, 'cluster', (server) => `${server} cluster`)];
  return `${BEGIN}
How many commands of each area the tests compare with npm \`redis\` 6.3.1: the bytes of its examples; the bytes of the examples with each argument replaced by what callers pass by accident; what recorded replies of a Redis with modules become; what replies of real servers become, through clients and through clients of clusters, in RESP2 and RESP3 and under type mappings. Written by \`node tools/coverage-table.mjs\` from a run of the tests.

${cells(['area', ...list.map(({ title }) => title)])}
|---|${list.map(() => '---:|').join('')}
${table(list).map(cells).join('\n')}

${remarks(all)}
${END}
`;
}

const COVERAGE = new RegExp(`${BEGIN}[^]*${END}\n`);

/** Returns the first columns of the table in the page. */
function shown(page, width) {
  const lines = COVERAGE.exec(page)?.[0].split('\n').filter((line) => line.startsWith('| ')) ?? [];
  return lines.slice(1).map((line) => cells(line.slice(2, -2).split(' | ').slice(0, width)));
}

await main(async () => {
  const page = readFileSync(PAGE, 'utf8');
  if (!process.argv.includes('--check')) {
    writeFileSync(PAGE, page.replace(COVERAGE, () => render(notes([...WITHOUT_SERVER, ...WITH_SERVER]))));
    return;
  }
  const list = columns(notes(WITHOUT_SERVER));
  const expected = table(list).map(cells);
  if (JSON.stringify(shown(page, list.length + 1)) !== JSON.stringify(expected)) {
    throw new SetupError('the table of what is compared in docs/commands.md is out of date: run node tools/coverage-table.mjs');
  }
});
