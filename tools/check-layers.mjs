/**
 * Checks the layers that docs/architecture.md describes: which module may import which, where tokio, N-API and unsafe
 * code may be used, how files are named and how long they may be. Files of lib/ may not import each other in a circle,
 * types included.
 */
import { readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { ROOT } from './setup/paths.mjs';
import { projectFiles } from './setup/tracked-files.mjs';

const MAX_LINES = 500;
const FORBIDDEN_NAMES = /^(utils?|helpers?|commons?|managers?|misc|stuff)$/;

/** What each part of src/ may use besides itself. */
const LEAVES = ['boundary', 'error', 'config', 'event'];
const RUST = {
  proto: LEAVES,
  transport: ['proto', ...LEAVES],
  cache: ['proto', ...LEAVES],
  topology: ['cache', 'transport', 'proto', ...LEAVES],
  engine: ['topology', 'cache', 'transport', 'proto', ...LEAVES],
  binding: ['engine', 'topology', 'cache', 'transport', 'proto', ...LEAVES],
  boundary: [],
  error: LEAVES,
  config: LEAVES,
  event: LEAVES,
};
/** Crates that only one layer may use. */
const CRATES = { tokio: 'transport', tokio_rustls: 'transport', rustls: 'transport', socket2: 'transport', napi: 'binding', napi_derive: 'binding' };
const MAY_BE_UNSAFE = /^src\/(transport\/(uv|libuv)\.rs|binding\/hot\w*\.rs)$/;

/** What each part of lib/ may import besides itself. */
const LIB_LEAVES = ['boundary', 'errors', 'context', 'call-site', 'server-errors', 'error-brands', 'timers', 'uncaught'];
const LIB = {
  'server-errors': [],
  'error-brands': [],
  errors: ['server-errors', 'error-brands'],
  context: [],
  timers: [],
  uncaught: [],
  'call-site': ['errors'],
  boundary: [],
  addon: ['boundary', 'errors'],
  wire: ['addon', ...LIB_LEAVES],
  commands: ['wire', ...LIB_LEAVES],
  telemetry: [...LIB_LEAVES],
  cache: ['wire', 'telemetry', ...LIB_LEAVES],
  client: ['cache', 'commands', 'wire', 'telemetry', ...LIB_LEAVES],
  cluster: ['client', 'cache', 'commands', 'wire', 'telemetry', ...LIB_LEAVES],
  sentinel: ['client', 'cache', 'commands', 'wire', 'telemetry', ...LIB_LEAVES],
  pool: ['client', 'cache', 'commands', 'wire', 'telemetry', ...LIB_LEAVES],
  index: ['cluster', 'sentinel', 'pool', 'client', 'cache', 'commands', 'wire', 'telemetry', ...LIB_LEAVES],
};
/** The floors of lib/client, from the ground up: each stands on those before it. */
const CLIENT_FLOORS = ['options', 'encoding', 'pubsub', 'cache', 'connection', 'run', 'api', 'index'];
const PARTS_OF_WIRE = { 'lib/wire/addon': 'addon', 'lib/wire/load-addon': 'addon', 'lib/wire/boundary.generated': 'boundary' };

const problems = [];
const complain = (file, line, text) => problems.push(`${file}${line ? `:${line}` : ''}: ${text}`);

/** Replaces comments and string literals by spaces, and keeps line numbers. */
function bare(text) {
  const blank = (match) => match.replace(/[^\n]/g, ' ');
  return text
    .replace(/\/\*[\s\S]*?\*\//g, blank)
    .replace(/"(?:[^"\\]|\\[\s\S])*"/g, blank)
    .replace(/\/\/.*$/gm, blank);
}

function lineOf(text, index) {
  return text.slice(0, index).split('\n').length;
}

function checkRust(file, text) {
  const code = bare(text);
  if (!MAY_BE_UNSAFE.test(file)) {
    const match = /\bunsafe\s*(\{|fn|impl|extern|trait)|allow\(unsafe_code\)/.exec(code);
    // A module that contains unsafe code is exempt from the lint where its parent declares it.
    const declares = /allow\(unsafe_code\)\]\s*(pub(\([^)]*\))?\s+)?mod\s+(uv|libuv|hot\w*)\s*;/.test(code);
    if (match && !declares && file.startsWith('src/')) complain(file, lineOf(code, match.index), 'unsafe code belongs to the files that docs/architecture.md names');
  }
  const part = /^src\/(\w+)/.exec(file)?.[1];
  if (part === undefined || part === 'lib') return;
  const allowed = RUST[part];
  if (!allowed) return complain(file, 0, `src/${part} is no layer of docs/architecture.md`);
  for (const match of code.matchAll(/\bcrate::(\{[^}]*\}|\w+)/g)) {
    const names = match[1].startsWith('{') ? [...match[1].matchAll(/(?:^\{|,)\s*(\w+)/g)].map((inner) => inner[1]) : [match[1]];
    for (const name of names) {
      if (name in RUST && name !== part && !allowed.includes(name)) complain(file, lineOf(code, match.index), `${part} must not use ${name}`);
    }
  }
  for (const match of code.matchAll(/(?<![\w:.])(tokio|tokio_rustls|rustls|socket2|napi|napi_derive)(?=::)/g)) {
    const owner = CRATES[match[1]];
    if (owner !== part) complain(file, lineOf(code, match.index), `${match[1]} belongs to ${owner}`);
  }
}

function libPart(path) {
  const stem = path.replace(/\.ts$/, '');
  if (stem in PARTS_OF_WIRE) return PARTS_OF_WIRE[stem];
  return /^lib\/([\w-]+)/.exec(stem)?.[1];
}

/** The number of a floor of lib/client. */
function floorOf(path) {
  const name = /^lib\/client\/([\w-]+)/.exec(path)?.[1] ?? 'index';
  const floor = CLIENT_FLOORS.indexOf(name);
  if (floor < 0) complain(path, 0, `lib/client/${name} is no floor of docs/architecture.md`);
  return floor;
}

/** The files of lib/ that each file of lib/ imports, types included. */
const imports = new Map();

function checkTypeScript(file, text) {
  const imported = new Set();
  imports.set(file, imported);
  const part = libPart(file);
  const allowed = LIB[part];
  if (!allowed) return complain(file, 0, `lib/${part} is no layer of docs/architecture.md`);
  for (const match of text.matchAll(/(?:from|import|require\()\s*\(?['"](\.[^'"]*)['"]/g)) {
    const target = posix.normalize(posix.join(dirname(file), match[1]));
    imported.add(`${target}.ts`).add(`${target}/index.ts`);
    const name = target === 'lib' ? 'index' : libPart(target);
    if (part === 'client' && name === 'client' && floorOf(target) > floorOf(file)) {
      complain(file, lineOf(text, match.index), `a floor of lib/client must not import one above it (${match[1]})`);
    }
    if (name !== part && !allowed.includes(name)) complain(file, lineOf(text, match.index), `${part} must not import ${name} (${match[1]})`);
  }
}

function checkName(file) {
  const parts = file.split('/');
  for (const name of parts) {
    const stem = name.split('.')[0];
    if (FORBIDDEN_NAMES.test(stem)) complain(file, 0, `"${stem}" says nothing about what is in it`);
  }
  const base = parts.at(-1);
  if (base.endsWith('.rs') && !/^[a-z0-9_]+\.rs$/.test(base)) complain(file, 0, 'Rust files are named in snake_case');
  if (/\.(ts|mjs|js|cjs)$/.test(base) && !/^[a-z0-9-]+(\.[a-z0-9-]+)*$/.test(base)) complain(file, 0, 'TypeScript and JavaScript files are named in kebab-case');
}

for (const file of projectFiles()) {
  if (!/\.(rs|ts|mjs|js|cjs)$/.test(file)) continue;
  checkName(file);
  const text = readFileSync(join(ROOT, file), 'utf8');
  const lines = text.split('\n').length - 1;
  if (lines > MAX_LINES && !file.includes('.generated.')) complain(file, 0, `${lines} lines; ${MAX_LINES} are the most`);
  if (file.endsWith('.rs')) checkRust(file, text);
  if (/^lib\/.*\.ts$/.test(file)) checkTypeScript(file, text);
}

/** Follows imports from each file: one that comes back to a file on the way has closed a circle. */
function checkCircles() {
  const done = new Set();
  const path = [];
  const visit = (file) => {
    const at = path.indexOf(file);
    if (at >= 0) return complain(file, 0, `files import each other in a circle: ${[...path.slice(at), file].join(' → ')}`);
    if (done.has(file) || !imports.has(file)) return;
    path.push(file);
    for (const other of imports.get(file)) visit(other);
    path.pop();
    done.add(file);
  };
  for (const file of imports.keys()) visit(file);
}
checkCircles();

for (const problem of problems) console.error(problem);
console.log(problems.length === 0 ? 'layers: fine' : `layers: ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;
