import assert from 'node:assert/strict';
import { kindOf } from '../../../lib/wire/argument-error';
import { test } from 'node:test';
import { digest } from '../../../lib';

/** Made with npm redis 6.3.1 and the package that its `digest` needs; each length takes another way through the algorithm. */
const KNOWN: [value: string | Uint8Array, digest: string][] = [
  [text(0), '2d06800538d394c2'],
  [text(1), 'e6c632b61e964e1f'],
  [text(3), '78af5f94892f3950'],
  [text(4), '6497a96f53a89890'],
  [text(8), '6f45a76842a96483'],
  [text(9), 'e0dde4fc174590a0'],
  [text(16), '3d3ccac9af14d8a8'],
  [text(17), 'ca7f3571df47cacf'],
  [text(128), '3e99edc6c76f21c6'],
  [text(129), '852cb20608c9d2c7'],
  [text(240), 'ea0e0f78188232ed'],
  [text(241), 'bb0a906af5b5c211'],
  [text(1024), '5e6a406e127165a8'],
  [text(1025), 'c180534771fac3f5'],
  [text(70_000), 'c54d056d57639ab1'],
  ['größe漢😀', '17fcd272a3acd60f'],
  ['\ud800', '3c4d03b478a6e14e'],
  [Buffer.from([0, 255, 13, 10]), '7b29427801f4d236'],
  ['v96', '0007055606887c9d'],
];

/** The alphabet, over and over. */
function text(length: number): string {
  return 'abcdefghijklmnopqrstuvwxyz'.repeat(Math.ceil(length / 26)).slice(0, length);
}

test('digests are those of npm redis, of text and of its bytes', async () => {
  for (const [value, expected] of KNOWN) {
    assert.equal(await digest(value), expected, String(value).slice(0, 30));
    assert.equal(await digest(Buffer.from(value as string)), expected);
  }
});

test('a part of a larger Buffer, and plain bytes', async () => {
  const part = Buffer.from('--v96--').subarray(2, 5);
  assert.equal(await digest(part), '0007055606887c9d');
  assert.equal(await digest(new Uint8Array([0, 255, 13, 10])), '7b29427801f4d236');
});

test('what is neither text nor bytes has no digest', async () => {
  for (const value of [undefined, null, 5, 5n, true, {}, ['a'], new ArrayBuffer(2), new Uint16Array(2)]) {
    await assert.rejects(digest(value as never), {
      constructor: TypeError, message: `"value" must be of type "string | Buffer", got ${kindOf(value)} instead.`,
    });
  }
});
