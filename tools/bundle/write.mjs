/**
 * Writes dist/bundle.js, which contains all modules of the package in one file, and dist/main.js, which names its
 * exports. Finding, reading and compiling 150 files takes longer than running them: creating a first client takes 54 ms
 * instead of 88 (Node 20, a busy machine).
 *
 *   node tools/bundle/write.mjs DIST
 *
 * The modules are unchanged: each becomes a function that runs when the module is first required. Modules outside of
 * the bundle are required with literal names, so that bundlers of applications see them: Node's own modules, and the
 * loader of the engine, which names the packages of the platforms.
 */
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';

const OUTPUT = 'bundle.js';
const ENTRY = 'main.js';
const LOADER = 'wire/load-addon.js';

/** Returns the modules of a folder, as paths relative to it. */
function modulesIn(dist, folder = dist) {
  return readdirSync(folder).sort().flatMap((name) => {
    const file = join(folder, name);
    if (statSync(file).isDirectory()) return modulesIn(dist, file);
    const module = relative(dist, file).replaceAll('\\', '/');
    return module.endsWith('.js') && ![OUTPUT, ENTRY, LOADER].includes(module) ? [module] : [];
  });
}

/** Returns the modules that are required from outside the package. */
function outsideOf(sources) {
  const names = sources.flatMap((source) => [...source.matchAll(/\brequire\((["'])([^."'][^"']*)\1\)/g)].map(([, , name]) => name));
  return [...new Set(names)].sort();
}

function bundle(dist) {
  const modules = modulesIn(dist);
  const sources = modules.map((module) => readFileSync(join(dist, module), 'utf8'));
  const functions = modules.map((module, i) => `${JSON.stringify(module)}(exports, require, module) {\n${sources[i]}\n}`);
  const outside = outsideOf(sources).map((name) => `${JSON.stringify(name)}: () => require(${JSON.stringify(name)})`);
  return `'use strict';
// Made by tools/bundle/write.mjs.
const outside = {
${[...outside, `${JSON.stringify(LOADER)}: () => require(${JSON.stringify(`./${LOADER}`)})`].join(',\n')}
};
const modules = {
${functions.join(',\n')}
};
const loaded = new Map();

function load(name) {
  const known = loaded.get(name);
  if (known !== undefined) return known.exports;
  if (name in outside) return outside[name]();
  const module = { exports: {} };
  loaded.set(name, module);
  const folder = name.split('/').slice(0, -1);
  modules[name](module.exports, (id) => load(id.startsWith('.') ? find(folder, id) : id), module);
  return module.exports;
}

/** The module that a relative path names. */
function find(folder, id) {
  const path = [...folder];
  for (const part of id.split('/')) {
    if (part === '..') path.pop();
    else if (part !== '.') path.push(part);
  }
  const name = path.join('/');
  const file = name + '.js';
  return file in modules || file in outside ? file : name + '/index.js';
}

module.exports = load('index.js');
`;
}

const dist = process.argv[2];
const file = join(dist, OUTPUT);
writeFileSync(file, bundle(dist));
const names = Object.keys(createRequire(file)(file)).filter((name) => name !== '__esModule');
// Exports are plain properties, so that test frameworks can replace them. The last line never runs: from it, Node
// learns the names that ES modules can import. In the bundle it would find the names of all modules.
writeFileSync(join(dist, ENTRY), `'use strict';
module.exports = Object.assign(Object.defineProperty({}, '__esModule', { value: true }), require('./${OUTPUT}'));
0 && (module.exports = { ${names.join(', ')} });
`);
