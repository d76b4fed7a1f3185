/**
 * Generates reference documentation from the sources: tables of options (`<!-- options:NAME … -->` in docs/*.md),
 * docs/events.md and docs/errors.md.
 *
 *   node tools/generate-reference.mjs [--check]
 *
 * With --check nothing is written: outdated pages are an error, and so is an error code or an event without a row.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE_EVENTS, CLIENT_EVENTS, CLUSTER_EVENTS, POOL_EVENTS } from './reference/events.mjs';
import { CLASS_REMEDIES, CODES, RETRIES } from './reference/remedies.mjs';
import { allCodes, emittedEvents, errorClasses, membersOf, serverErrors } from './reference/sources.mjs';
import { ROOT } from './setup/paths.mjs';

/** The interfaces whose members are options: their file, and the unit of their numbers if all have the same. */
const INTERFACES = {
  RedisClientOptions: ['lib/client/options/option-types.ts'],
  RedisSocketOptions: ['lib/client/options/option-types.ts'],
  CommanderConfig: ['lib/client/options/option-types.ts'],
  CommandOptions: ['lib/client/options/command-options.ts', 'ms'],
  RedisClusterOptions: ['lib/cluster/types.ts'],
  RedisPoolOptions: ['lib/pool/options.ts'],
  ClientSideCacheConfig: ['lib/cache/config.ts'],
};
const BLOCK = /(<!-- options:(\w+) -->\n)[\s\S]*?(<!-- end -->)/g;

const problems = [];
const cell = (text) => text.replaceAll('|', '\\|');
const table = (head, rows) => [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

function optionTable(name) {
  const [file, unit] = INTERFACES[name];
  const rows = membersOf(file, name, unit).map(({ name: option, type, unit: counts, fallback, what, since }) =>
    [`\`${option}\``, `\`${cell(type)}\``, cell(fallback), counts, cell(what), since]);
  return table(['option', 'type', 'default', 'unit', 'what', 'since'], rows);
}

function errorsPage() {
  const known = new Set();
  const classes = errorClasses().map(({ name, base, code, what }) => {
    if (code !== undefined) known.add(code);
    if (code !== undefined && CLASS_REMEDIES[code] === undefined) problems.push(`tools/reference/remedies.mjs does not say what to do about ${code} (${name})`);
    return [`\`${name}\``, base === 'ClientError' ? '`Error`' : `\`${base}\``, code === undefined ? 'of the server' : `\`${code}\``, cell(what), cell(CLASS_REMEDIES[code] ?? '')];
  });
  const codes = Object.entries(CODES).map(([code, [what, todo]]) => [`\`${code}\``, cell(what), cell(todo)]);
  for (const code of allCodes()) {
    if (!known.has(code) && CODES[code] === undefined && code !== 'OXREDIS_ERROR') problems.push(`tools/reference/remedies.mjs has no row for ${code}`);
  }
  for (const code of Object.keys(CODES)) if (!allCodes().includes(code)) problems.push(`tools/reference/remedies.mjs has ${code}, which no source has`);
  const verdicts = Object.entries(RETRIES).map(([retry, [what, todo]]) => [`\`${retry}\``, what, todo]);
  const replies = serverErrors().map(({ word, retry, what }) => {
    if (RETRIES[retry] === undefined) problems.push(`tools/reference/remedies.mjs does not say what ${retry} means (${word})`);
    return [`\`${word}\``, cell(what), `\`${retry}\``];
  });
  return `# Errors

Made by \`tools/generate-reference.mjs\` of the sources. Every error of the client and of the server has a \`code\`; those of commands have \`command\` (its name, never its arguments) and \`phase\`: \`'queued'\` did not reach the server, \`'written'\` may have run. Classes are those of npm \`redis\`, and \`name\` is \`'Error'\` as there: tell errors apart by \`code\` or \`instanceof\`, which knows the errors of other copies of oxredis in the same process too.

## Errors of the server

\`SimpleError\` and \`BlobError\`, both of them \`ErrorReply\`. \`code\` is the first word of what the server said: \`WRONGTYPE\`, \`NOAUTH\`, \`NOSCRIPT\`, \`OOM\`, \`ERR\`, … \`kind\` is the same word where it stands in the table below, else \`ERR\`; \`retry\` says what can make the same command succeed.

${table(['\`retry\`', 'what can make the command succeed', 'what to do'], verdicts)}

${table(['\`kind\`', 'when', '\`retry\`'], replies)}

## Errors of the network

Those of Node: \`ECONNREFUSED\`, \`ECONNRESET\`, \`ENOTFOUND\`, \`ETIMEDOUT\`, \`CERT_HAS_EXPIRED\`, \`ERR_TLS_CERT_ALTNAME_INVALID\`, … with \`syscall\`, \`address\` and \`port\` where there are any. Several addresses of a host that all failed are an \`AggregateError\`.

## Classes

${table(['class', 'is a', 'code', 'when', 'what to do'], classes)}

## Other codes

Plain \`Error\`, \`TypeError\` or \`RangeError\`.

${table(['code', 'when', 'what to do'], codes)}
`;
}

function eventsPage() {
  const rows = (events) => table(['event', 'arguments', 'when'], events.map(([name, given, when]) => [`\`${name}\``, given, cell(when)]));
  const compare = (folder, events) => {
    const listed = new Set(events.map(([name]) => name));
    const emitted = emittedEvents(folder);
    for (const name of emitted) if (!listed.has(name)) problems.push(`tools/reference/events.mjs does not list ${name}, which ${folder} emits`);
    for (const name of listed) if (!emitted.has(name)) problems.push(`tools/reference/events.mjs lists ${name}, which ${folder} does not emit`);
  };
  compare('lib/client', CLIENT_EVENTS);
  compare('lib/pool', POOL_EVENTS);
  compare('lib/cluster', CLUSTER_EVENTS);
  compare('lib/cache', CACHE_EVENTS);
  return `# Events

Made by \`tools/generate-reference.mjs\`, which checks that the sources emit these and no others.

## Of a client

${rows(CLIENT_EVENTS)}

A connection that is opened and closed: \`connect\`, \`ready\`, \`end\`. A connection that is lost: \`error\`, \`reconnecting\`, \`connect\`, \`ready\`. A server that is not there: \`error\`, then \`reconnecting\` and \`error\` for each further attempt. A strategy that gives up: \`terminated\`, \`error\`.

What a listener throws: from \`connect\` or \`ready\`, it is emitted as \`error\`. From \`error\`, \`reconnecting\` or \`terminated\` while \`connect()\` waits, it is what \`connect()\` rejects with, and the client is closed; at other times it is an uncaught exception, the first one of each outage. From \`end\`, it is what \`close()\` rejects with or \`destroy()\` throws, when the client is closed.

## Of a pool

${rows(POOL_EVENTS)}

## Of a cluster

${rows(CLUSTER_EVENTS)}

What a listener throws is an uncaught exception, and so is an \`error\` without a listener, except that of \`connect()\`, which rejects.

## Of a client-side cache

${rows(CACHE_EVENTS)}
`;
}

const pages = new Map([['docs/errors.md', errorsPage()], ['docs/events.md', eventsPage()]]);
for (const name of readdirSync(join(ROOT, 'docs')).filter((file) => file.endsWith('.md'))) {
  const text = readFileSync(join(ROOT, 'docs', name), 'utf8');
  if (BLOCK.test(text)) pages.set(`docs/${name}`, text.replace(BLOCK, (_all, begin, interfaceName, end) => `${begin}\n${optionTable(interfaceName)}\n\n${end}`));
  BLOCK.lastIndex = 0;
}
for (const [file, text] of pages) {
  const path = join(ROOT, file);
  if (existsSync(path) && readFileSync(path, 'utf8') === text) continue;
  if (process.argv.includes('--check')) problems.push(`${file} is not up to date: node tools/generate-reference.mjs`);
  else writeFileSync(path, text);
}
for (const problem of problems) console.error(`✗ ${problem}`);
if (problems.length > 0) process.exitCode = 1;
else console.log(`reference pages: ${pages.size} fine`);
