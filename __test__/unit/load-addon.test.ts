import assert from 'node:assert/strict';
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
