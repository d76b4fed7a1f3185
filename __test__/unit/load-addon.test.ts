import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadAddon, platformName } from '../../lib/wire/load-addon';

test('the platform name has the system, the processor and, on Linux, the C library', () => {
  const name = platformName();
  assert.ok(name.startsWith(`${process.platform}-${process.arch}`));
  if (process.platform === 'linux') assert.match(name, /-(gnu|musl)$/);
});

test('a forced addon that cannot be loaded is an error that names the file and the variable', () => {
  const before = process.env.OXREDIS_ADDON;
  process.env.OXREDIS_ADDON = './no-such.node';
  try {
    assert.throws(loadAddon, (error: Error & { code?: string }) => {
      assert.equal(error.code, 'OXREDIS_ADDON_MISSING');
      assert.match(error.message, /OXREDIS_ADDON is set to .*no-such\.node/);
      return true;
    });
  } finally {
    if (before === undefined) delete process.env.OXREDIS_ADDON;
    else process.env.OXREDIS_ADDON = before;
  }
});

/** Puts the compiled loader into a package of its own and runs it there. */
function loadElsewhere(prepare: (folder: string) => void): string {
  const folder = mkdtempSync(join(tmpdir(), 'oxredis-loader-'));
  try {
    mkdirSync(join(folder, 'dist', 'wire'), { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{ "name": "oxredis" }');
    copyFileSync(join(__dirname, '..', '..', 'lib', 'wire', 'load-addon.js'), join(folder, 'dist', 'wire', 'load-addon.js'));
    prepare(folder);
    const script = "try { console.log(require('./dist/wire/load-addon.js').loadAddon().from) } catch (e) { console.log(e.code + ' ' + e.message) }";
    const env = { ...process.env, OXREDIS_ADDON: '' };
    return execFileSync(process.execPath, ['-e', script], { cwd: folder, env, encoding: 'utf8' }).trim();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function addPlatformPackage(folder: string): void {
  const home = join(folder, 'node_modules', '@oxredis', platformName());
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'index.js'), "exports.from = 'package';");
}

test('the package of the platform comes first', () => {
  assert.equal(loadElsewhere(addPlatformPackage), 'package');
});

test('without an engine the error says what was tried and how to mend it', () => {
  const text = loadElsewhere(() => undefined);
  assert.match(text, /^OXREDIS_ADDON_MISSING oxredis: the native engine could not be loaded on /);
  assert.ok(text.includes(`package @oxredis/${platformName()}: not installed`));
  assert.ok(text.includes(`oxredis.${platformName()}.node: no such file`));
  assert.ok(text.includes(`npm install @oxredis/${platformName()}`));
});

test('a broken engine is told apart from a missing one', () => {
  const text = loadElsewhere((folder) => writeFileSync(join(folder, `oxredis.${platformName()}.node`), 'not a library'));
  assert.doesNotMatch(text, /no such file/);
  assert.match(text, /oxredis\..*\.node: .*(invalid|too short|not a|slice|header)/i);
});
