/**
 * Writes docs/commands.md: all commands by area, with both names, arguments and reply as TypeScript shows them, and the
 * doc comment. The part that tools/coverage-table.mjs writes between its markers is kept.
 *
 *   node tools/generate-commands-page.mjs             (--check: exit 1 if the page is out of date, or a comment too short)
 *   node tools/generate-commands-page.mjs --since     asks a Redis 8 (npm run servers) for the version that introduced each command
 */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { commandRows } from './command-tables.mjs';
import { DOWNLOADS, ROOT } from './setup/paths.mjs';

const PAGE = join(ROOT, 'docs', 'commands.md');
const SINCE = join(ROOT, 'tools', 'commands-since.json');
const COVERAGE = /<!-- coverage:begin -->[^]*<!-- coverage:end -->\n/;

/** Longer reply types are cut off; editors show them completely. */
const LONGEST_REPLY = 110;

const rows = commandRows((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => !/generated/.test(name)));

/** Words by which a comment says what the command returns. */
const TELLS_REPLY = /\b(returns?|gives?|tells?|counts?|describes?|lists?|null|true|false|result|codes?|page)\b|number of|(^|[:;,] )-?[01]\b|`[[{]|: `/i;

/**
 * Returns the rows whose comment neither says what the command returns nor refers to a method whose comment does.
 * Commands that return OK are exempt.
 */
function tooShort() {
  const methods = new Set(rows.map(({ method }) => method));
  return rows.filter(({ row, documentation }) => !/^reply\.(ok|simpleString)$/.test(row.initializer.arguments[2].getText())
    && !TELLS_REPLY.test(documentation) && !documentation.split(/[^\w]+/).some((word) => methods.has(word) && /[A-Z]|^(range|sort)$/.test(word)));
}

/** Returns a function that reads the signature of a method from the compiler. */
function signatures() {
  const path = join(ROOT, 'lib', 'commands-page.ts');
  const text = "import { createClient } from './index';\nexport const client = createClient();\n";
  const options = {
    strict: true, noEmit: true, skipLibCheck: true, types: ['node'], target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2022.d.ts', 'lib.esnext.disposable.d.ts'], module: ts.ModuleKind.Node16, moduleResolution: ts.ModuleResolutionKind.Node16,
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, getSourceFile } = host;
  host.fileExists = (name) => name === path || fileExists(name);
  host.getSourceFile = (name, target, ...rest) => (name === path ? ts.createSourceFile(name, text, target) : getSourceFile.call(host, name, target, ...rest));
  const program = ts.createProgram([path], options, host);
  const checker = program.getTypeChecker();
  const at = program.getSourceFile(path).statements[1].declarationList.declarations[0];
  const propertyOf = (type, name) => checker.getTypeOfSymbolAtLocation(checker.getPropertyOfType(type, name), at);
  const shown = (type, flags) => checker.typeToString(type, at, flags).replaceAll(/import\("[^"]*"\)\./g, '');
  const client = checker.getTypeAtLocation(at.name);
  return ({ namespace, method }) => {
    const owner = namespace === 'client' ? client : propertyOf(client, namespace);
    const [signature] = propertyOf(owner, method).getCallSignatures();
    const args = signature.getParameters().map((parameter) => {
      const type = shown(checker.getTypeOfSymbolAtLocation(parameter, at), ts.TypeFormatFlags.NoTruncation);
      // Methods that are derived from a tuple of arguments have one rest parameter.
      const listed = parameter.name === 'args' && type.startsWith('[') ? type.slice(1, -1) : `${parameter.name}${/ \| undefined$/.test(type) ? '?' : ''}: ${type}`;
      return listed.replaceAll(/ \| undefined(?=,|$)/g, '');
    });
    const promise = checker.getReturnTypeOfSignature(signature);
    const [value = promise] = checker.getTypeArguments(promise);
    const reply = shown(value, ts.TypeFormatFlags.None).replaceAll(' | undefined', '').replaceAll(/\[x: (string|number)\]/g, '[$1]');
    return { args: args.join(', '), reply: reply.length > LONGEST_REPLY ? `${reply.slice(0, LONGEST_REPLY).replace(/\s\S*$/, '')} …` : reply };
  };
}

const cell = (text) => text.replaceAll('|', '\\|');
const code = (text) => (text === '' ? '' : `\`${cell(text)}\``);

function line(one, signature, since) {
  const { args, reply } = signature(one);
  const names = [one.method, one.upper].filter((name, index, all) => all.indexOf(name) === index).map(code).join(' ');
  // Comments of module commands contain the version and a link themselves.
  const about = one.documentation.replaceAll(/ ?(Since [\w.]+( [\d.]+)?\.)? ?https?:\/\/\S+/g, '').replaceAll(/\{@link (\w+)\}/g, '`$1`').trim();
  const version = /Since ([\w ]+[\d.]*\d)\.?/.exec(one.documentation)?.[1] ?? (since[one.wire] === undefined ? '' : `Redis ${since[one.wire]}`);
  const link = `https://redis.io/docs/latest/commands/${one.wire.toLowerCase().replaceAll(' ', '-')}/`;
  return `| ${names} | ${code(args)} | ${code(reply)} | ${cell(about)} | [${one.wire}](${link})${version === '' ? '' : `, ${version}`} |`;
}

function page() {
  const { server, since } = JSON.parse(readFileSync(SINCE, 'utf8'));
  const signature = signatures();
  const areas = [...new Set(rows.map(({ area }) => area))];
  const coverage = existsSync(PAGE) ? COVERAGE.exec(readFileSync(PAGE, 'utf8'))?.[0] : undefined;
  const title = (area) => `${area[0].toUpperCase()}${area.slice(1)}`;
  const anchor = (area) => title(area).toLowerCase().replaceAll(/[^\w\s-]/g, '').replaceAll(/\s/g, '-');
  return `# Commands

<!-- Generated by tools/generate-commands-page.mjs from the tables in lib/commands; the table of what is compared by
tools/coverage-table.mjs. Do not edit. -->

${rows.length} commands, each with two names that do the same: \`client.hGetAll(key)\` and \`client.HGETALL(key)\`. Builders (\`client.multi()\`) have them too, and \`client.legacy()\` those of the client itself. Arguments and replies are those of a client that speaks RESP3, without a type mapping; a long type ends with \`…\`, and an editor shows all of it. The last column names the command, with a link to its page, and the version that brought it, as ${server} tells or, for modules, as their pages do.

${areas.map((area) => `- [${title(area)}](#${anchor(area)}): ${rows.filter((one) => one.area === area).length}`).join('\n')}

## What is compared with npm redis

${coverage ?? '<!-- coverage:begin -->\n<!-- coverage:end -->\n'}
${areas.map((area) => `## ${title(area)}

| method | arguments | reply | | command |
|---|---|---|---|---|
${rows.filter((one) => one.area === area).map((one) => line(one, signature, since)).join('\n')}
`).join('\n')}`;
}

/** Asks a server started here for COMMAND DOCS, with the system's redis-cli. */
async function askForVersions() {
  const program = join(DOWNLOADS, 'servers', 'redis-8', 'start');
  const folder = mkdtempSync(join(tmpdir(), 'oxredis-'));
  const socket = join(folder, 's');
  const server = spawn(program, ['--port', '0', '--unixsocket', socket, '--save', '', '--dir', folder], { stdio: 'ignore' });
  try {
    while (!existsSync(socket)) await new Promise((resolve) => setTimeout(resolve, 20));
    const ask = (...words) => execFileSync('redis-cli', ['-s', socket, ...words], { encoding: 'utf8', maxBuffer: 1 << 26 });
    const since = {};
    const collect = (docs) => {
      for (const [name, { since: version, subcommands }] of Object.entries(docs)) {
        since[name.toUpperCase().replace('|', ' ')] = version;
        if (subcommands !== undefined) collect(subcommands);
      }
    };
    collect(JSON.parse(ask('--json', 'COMMAND', 'DOCS')));
    const wanted = [...new Set(rows.map(({ wire }) => wire))].filter((wire) => wire in since).sort();
    const version = /redis_version:(\S+)/.exec(ask('INFO', 'server'))[1];
    writeFileSync(SINCE, `${JSON.stringify({ server: `Redis ${version}`, since: Object.fromEntries(wanted.map((wire) => [wire, since[wire]])) }, null, 1)}\n`);
  } finally {
    server.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv.includes('--since')) await askForVersions();
for (const { file, method, documentation } of tooShort()) {
  console.error(`${file}: ${method} does not say what comes back: "${documentation}"`);
  process.exitCode = 1;
}
const text = page();
if (!process.argv.includes('--check')) {
  writeFileSync(PAGE, text);
} else if (readFileSync(PAGE, 'utf8') !== text) {
  console.error('docs/commands.md is out of date: run node tools/generate-commands-page.mjs');
  process.exitCode = 1;
}
