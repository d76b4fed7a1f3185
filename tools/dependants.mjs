/**
 * Libraries on top of `redis`, with oxredis in its place: an application that uses all of them is installed twice from the registry,
 * with npm redis (the control) and with the packed tarball under the names `redis` and `@redis/client`. For each library a program
 * uses it as its documentation does; what it tells, and what the server saw, must be the same. Writes docs/dependants.md.
 *
 *   node tools/dependants.mjs [name part ...]
 */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LIBRARIES, PACKAGES } from './dependants/libraries.mjs';
import { comparable, watchServer } from './dependants/monitor.mjs';
import { pageOf } from './dependants/page.mjs';
import { packLocal } from './pack.mjs';
import { startPrivateServer } from './private-server.mjs';
import { DOWNLOADS, ROOT } from './setup/paths.mjs';
import { run, say, SetupError } from './setup/run.mjs';
import { main, setup } from './setup.mjs';

const SOURCES = join(ROOT, 'tools', 'dependants');
/** Ms that a program may take; the slowest takes a tenth of it. */
const TIMEOUT = 120_000;
const NPM_FLAGS = ['install', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'];

const { version: CONTROL } = JSON.parse(readFileSync(join(ROOT, 'node_modules', 'redis', 'package.json'), 'utf8'));

/** Installs an application. npm refuses where a peer range of a library does not hold: that is part of the test. */
async function install(folder, client) {
  const manifest = {
    name: 'application', private: true,
    dependencies: { redis: client, '@redis/client': client, ...PACKAGES },
    // Libraries that ask for an older version of their own get the one of the application.
    overrides: { redis: '$redis', '@redis/client': '$@redis/client' },
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
  await run('npm', NPM_FLAGS, { cwd: folder, quiet: true });
  return folder;
}

/** The control is the same as long as the versions are. */
async function installControl() {
  const key = createHash('sha256').update(JSON.stringify([PACKAGES, CONTROL, process.version])).digest('hex').slice(0, 16);
  const folder = join(DOWNLOADS, 'dependants', key);
  if (existsSync(join(folder, 'installed'))) return folder;
  say(`installing ${Object.keys(PACKAGES).length} packages beside npm redis ${CONTROL}`);
  rmSync(join(DOWNLOADS, 'dependants'), { recursive: true, force: true });
  await install(folder, CONTROL);
  writeFileSync(join(folder, 'installed'), '');
  return folder;
}

/** Our own application: the packages of the control, and the tarball under both names. */
async function installOurs(folder, tarball) {
  say('installing them beside oxredis');
  await install(folder, `file:${tarball}`);
  for (const name of ['redis', '@redis/client']) {
    const { name: real } = JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8'));
    if (real !== 'oxredis') throw new SetupError(`the application got ${real} under the name ${name}`);
  }
  return folder;
}

function runProgram(folder, name, url) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [name], { cwd: folder, env: { ...process.env, REDIS_URL: url, NODE_ENV: 'test' }, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
    const timer = setTimeout(() => {
      output += '\nstill running: killed\n';
      child.kill('SIGKILL');
    }, TIMEOUT);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code: code ?? 1, output });
    });
  });
}

/** Runs a program in an application, on an empty server. */
async function tryProgram(application, program, observed) {
  const folder = join(application, 'programs');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  cpSync(join(SOURCES, 'stage.mjs'), join(application, 'stage.mjs'));
  cpSync(join(SOURCES, 'programs', program), join(folder, program));
  const server = await startPrivateServer();
  try {
    const stop = await watchServer(server.port);
    const { code, output } = await runProgram(application, join('programs', program), server.url);
    return { code, output: output.replaceAll(application, '').replaceAll(server.url, 'URL'), commands: comparable(await stop(), observed) };
  } finally {
    await server.stop();
  }
}

/** The first line that differs, with its neighbours. */
function difference(expected, actual) {
  const at = expected.findIndex((line, i) => line !== actual[i]);
  const from = Math.max(0, (at < 0 ? expected.length : at) - 1);
  return `  npm redis: ${expected.slice(from, from + 4).join('\n             ')}\n  oxredis:   ${actual.slice(from, from + 4).join('\n             ')}`;
}

/** @returns {Promise<{control: string, ours: string, complaints: string[]}>} what the table says of a library */
async function tryLibrary(library, control, ours) {
  const complaints = [];
  let lines = 0;
  for (const program of library.programs) {
    const expected = await tryProgram(control, program, library.observed);
    const actual = await tryProgram(ours, program, library.observed);
    if (expected.code !== 0) {
      if (library.needs === undefined) complaints.push(`${program} fails with npm redis (exit code ${expected.code}):\n${expected.output}`);
      else if (actual.code !== 0) complaints.push(`${program} fails with oxredis, too (exit code ${actual.code}):\n${actual.output}`);
      return { control: 'does not load', ours: complaints.length > 0 ? 'fails' : 'works', complaints };
    }
    const [told, heard] = [expected.output.split('\n'), actual.output.split('\n')];
    lines += told.length - 1;
    if (actual.code !== 0 || expected.output !== actual.output) {
      complaints.push(`${program} tells something else (exit code ${actual.code}):\n${difference(told, heard)}`);
    } else if (expected.commands.join('\n') !== actual.commands.join('\n')) {
      complaints.push(`${program}: the server saw something else:\n${difference(expected.commands, actual.commands)}`);
    }
  }
  return { control: `${lines} results`, ours: complaints.length > 0 ? 'differs' : 'the same', complaints };
}

await main(async () => {
  await setup(['npm', 'addon', 'ts', 'server']);
  const wanted = process.argv.slice(2);
  const libraries = LIBRARIES.filter(({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)));
  if (libraries.length === 0) throw new SetupError(`no library is called ${wanted.join(', ')}; there are ${LIBRARIES.map(({ name }) => name).join(', ')}`);
  const work = mkdtempSync(join(tmpdir(), 'oxredis-dependants-'));
  const rows = [];
  const failed = [];
  try {
    const control = await installControl();
    const ours = await installOurs(join(work, 'application'), packLocal(work));
    for (const library of libraries) {
      const result = await tryLibrary(library, control, ours);
      rows.push({ ...library, version: PACKAGES[library.name], control: result.control, ours: result.ours });
      console.log(`${result.complaints.length === 0 ? '✓' : '✗'} ${library.name} ${PACKAGES[library.name]}: ${result.ours}`);
      for (const complaint of result.complaints) console.log(complaint);
      if (result.complaints.length > 0) failed.push(library.name);
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  if (wanted.length === 0) writeFileSync(join(ROOT, 'docs', 'dependants.md'), pageOf(rows, CONTROL, PACKAGES));
  console.log(`dependants: ${rows.length - failed.length} passed, ${failed.length} failed`);
  if (failed.length > 0) throw new SetupError(`libraries that work otherwise than with npm redis: ${failed.join(', ')}`);
});
