/**
 * Checks that the packed tarball is a drop-in replacement: in a temporary project where `redis` is oxredis, scripts
 * written for npm redis (ESM and CommonJS) must print the same as with npm redis itself, and types must compile with
 * several versions of TypeScript, without `skipLibCheck`.
 *
 *   node tools/check-package.mjs
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packLocal } from './pack.mjs';
import { startPrivateServer } from './private-server.mjs';
import { DOWNLOADS, ROOT } from './setup/paths.mjs';
import { run, say, SetupError } from './setup/run.mjs';
import { main, setup } from './setup.mjs';

/** Versions of TypeScript to support, in addition to the one that the project is built with. */
const TYPESCRIPTS = ['5.9.3', '7.0.2'];
const SCRIPTS = ['script.mjs', 'script.cjs'];
const SOURCES = join(ROOT, 'tools', 'package-check');

/** Creates a project with the scripts of this check, in which nothing is installed. */
function makeProject(folder) {
  mkdirSync(folder, { recursive: true });
  for (const name of [...SCRIPTS, 'types.ts']) copyFileSync(join(SOURCES, name), join(folder, name));
  writeFileSync(join(folder, 'package.json'), '{ "name": "scratch", "private": true }\n');
  return folder;
}

function runScript(folder, name, url) {
  const env = { ...process.env, REDIS_URL: url };
  const { status, stdout, stderr } = spawnSync(process.execPath, [name], { cwd: folder, env, encoding: 'utf8', timeout: 60_000 });
  return { status, output: stdout + stderr };
}

/** Runs both scripts with npm redis and with the tarball, each on an empty server, and compares their output. */
async function compareScripts(ours, theirs) {
  const server = await startPrivateServer();
  try {
    for (const name of SCRIPTS) {
      const expected = runScript(theirs, name, server.url);
      const actual = runScript(ours, name, server.url);
      if (expected.status !== 0) throw new SetupError(`${name} fails with npm redis:\n${expected.output}`);
      if (actual.status !== 0 || actual.output !== expected.output) {
        throw new SetupError(`${name} differs (exit code ${actual.status}).\nnpm redis:\n${expected.output}\noxredis:\n${actual.output}`);
      }
      say(`${name}: the same output as with npm redis`);
    }
  } finally {
    await server.stop();
  }
}

/** Returns the folder of a TypeScript package of the given version, which is downloaded into the cache if necessary. */
async function typescript(version) {
  const home = join(DOWNLOADS, 'typescript', version);
  const folder = join(home, 'node_modules', 'typescript');
  if (!existsSync(folder)) {
    say(`fetching TypeScript ${version}`);
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, 'package.json'), '{ "private": true }\n');
    await run('npm', ['install', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error', `typescript@${version}`], { cwd: home, quiet: true });
  }
  return folder;
}

async function compileTypes(project) {
  mkdirSync(join(project, 'node_modules', '@types'), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules', '@types', 'node'), join(project, 'node_modules', '@types', 'node'), 'junction');
  symlinkSync(join(ROOT, 'node_modules', 'undici-types'), join(project, 'node_modules', 'undici-types'), 'junction');
  const compilers = [join(ROOT, 'node_modules', 'typescript')];
  for (const version of TYPESCRIPTS) compilers.push(await typescript(version));
  const flags = ['--noEmit', '--strict', '--target', 'es2022', '--module', 'node16', '--types', 'node', '--skipLibCheck', 'false', '--preserveSymlinks'];
  for (const compiler of compilers) {
    const { version, bin } = JSON.parse(readFileSync(join(compiler, 'package.json'), 'utf8'));
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(compiler, bin.tsc), ...flags, 'types.ts'], { cwd: project, encoding: 'utf8' });
    if (status !== 0) throw new SetupError(`the types do not compile with TypeScript ${version}:\n${stdout}${stderr}`);
    say(`types: compile with TypeScript ${version}`);
  }
}

await main(async () => {
  await setup();
  const work = mkdtempSync(join(tmpdir(), 'oxredis-package-'));
  try {
    const tarball = packLocal(work);
    say(`${tarball.slice(work.length + 1)}: ${(statSync(tarball).size / 1024).toFixed(0)} KiB`);
    const ours = makeProject(join(work, 'ours'));
    await run('npm', ['install', '--offline', '--no-audit', '--no-fund', '--loglevel=error', `redis@file:${tarball}`], { cwd: ours, quiet: true });
    const installed = JSON.parse(readFileSync(join(ours, 'node_modules', 'redis', 'package.json'), 'utf8'));
    if (installed.name !== 'oxredis') throw new SetupError(`the scratch project got ${installed.name}`);
    const theirs = makeProject(join(work, 'theirs'));
    symlinkSync(join(ROOT, 'node_modules'), join(theirs, 'node_modules'), 'junction');
    await compareScripts(ours, theirs);
    await compileTypes(ours);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  console.log('package: fine');
});
