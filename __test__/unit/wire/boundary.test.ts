/** The numbers that native code and TypeScript both know, on both sides. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadNative } from '../../../lib/wire/addon';
import * as boundary from '../../../lib/wire/boundary.generated';
import { RESP_TYPES } from '../../../lib/wire/resp-types';

/** What TypeScript knows, by the names that the addon uses. Enums have their names under their numbers, too. */
function numbers(): Record<string, number> {
  const { BOUNDARY_VERSION: _, ...rest } = boundary as unknown as Record<string, number | Record<string, number | string>>;
  const known = Object.entries(rest).flatMap(([name, value]) =>
    typeof value === 'number'
      ? [[name, value] as const]
      : Object.entries(value).filter(([, number]) => typeof number === 'number').map(([key, number]) => [`${name}.${key}`, number as number] as const));
  return Object.fromEntries(known);
}

test('both sides have the same numbers by the same names', () => {
  const ours = numbers();
  assert.ok(Object.keys(ours).length > 100, 'the numbers of TypeScript were not found');
  assert.deepEqual(ours, { ...loadNative().boundary() });
  assert.equal(loadNative().boundaryVersion(), boundary.BOUNDARY_VERSION);
});

test('types of replies have the numbers of the tape', () => {
  const ours = numbers();
  for (const [name, number] of Object.entries(RESP_TYPES)) assert.equal(ours[name], number, name);
});

test('an addon of another version is refused, and the error says what mends it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'oxredis-boundary-'));
  const addon = join(__dirname, '..', '..', '..', 'lib', 'wire', 'addon.js');
  const script = `try { require(${JSON.stringify(addon)}).loadNative() } catch (e) { console.log(e.code + ' ' + e.message) }`;
  try {
    for (const [index, source] of ['exports.boundaryVersion = () => 1', 'exports.digest = () => ""'].entries()) {
      const file = join(folder, `${index}.js`);
      writeFileSync(file, source);
      const text = execFileSync(process.execPath, ['-e', script], { env: { ...process.env, OXREDIS_ADDON: file }, encoding: 'utf8' });
      assert.match(text, /^OXREDIS_ADDON_MISMATCH oxredis: the native engine that was found belongs to another version/);
      assert.ok(text.includes(`OXREDIS_ADDON is set to ${file}`), text);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
