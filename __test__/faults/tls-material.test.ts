/** Nothing of a key or certificate is in an error, however it is mangled. */
import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { before, test } from 'node:test';
import { inspect } from 'node:util';
import { createClient } from '../../lib';
import { KINDS } from '../oracle/tls-cases';
import { freePort } from '../support/free-port';
import { PASSPHRASE } from '../support/certificates';

type Material = string | Uint8Array;

const pem = (kind: string, part: 'cert' | 'key'): string => KINDS[kind]?.[part] as string;
const KEYS = ['leaf-rsa-2048', 'leaf-p-256', 'leaf-ed25519', 'form-pkcs1', 'form-sec1', 'leaf-p-521', 'leaf-ed448', 'leaf-rsa-pss', 'leaf-rsa-1024'];
const ENCRYPTED = ['form-pkcs8-encrypted', 'form-pkcs1-encrypted', 'form-sec1-encrypted'];
const body = (text: string): string => text.split('\n').filter((line) => /^[A-Za-z0-9+/]{20,}=*$/.test(line)).join('');
const derOf = (text: string): Buffer => Buffer.from(body(text), 'base64');

/** Ways to mangle PEM. */
const MANGLED: Record<string, (text: string) => Material> = {
  'as it is': (text) => text,
  'literal \\n': (text) => text.replaceAll('\n', '\\n'),
  'literal \\r\\n': (text) => text.replaceAll('\n', '\\r\\n'),
  'literal \\n in the content only': (text) => text.replace(/-----\n([^-]+)\n-----/, (_, content: string) => `-----\n${content.replaceAll('\n', '\\n')}\n-----`),
  CRLF: (text) => text.replaceAll('\n', '\r\n'),
  'CR only': (text) => text.replaceAll('\n', '\r'),
  'no line breaks': (text) => text.replaceAll('\n', ''),
  'blanks for line breaks': (text) => text.replaceAll('\n', ' '),
  'no END': (text) => text.replace(/-----END[^\n]*\n/, ''),
  'a broken END': (text) => text.replace(/-----END[^\n]*/, '-----END-----'),
  'no BEGIN': (text) => text.replace(/-----BEGIN[^\n]*\n/, ''),
  'a broken BEGIN': (text) => text.replace(/(-----BEGIN[^\n]*)-----/, '$1'),
  'four dashes': (text) => text.replaceAll('-----', '----'),
  'another label': (text) => text.replaceAll(/(BEGIN|END) [A-Z ]+/g, '$1 SOMETHING'),
  'the label CERTIFICATE': (text) => text.replaceAll(/(BEGIN|END) [A-Z ]+/g, '$1 CERTIFICATE'),
  'the label PRIVATE KEY': (text) => text.replaceAll(/(BEGIN|END) [A-Z ]+/g, '$1 PRIVATE KEY'),
  'the label RSA PRIVATE KEY': (text) => text.replaceAll(/(BEGIN|END) [A-Z ]+/g, '$1 RSA PRIVATE KEY'),
  'the label EC PRIVATE KEY': (text) => text.replaceAll(/(BEGIN|END) [A-Z ]+/g, '$1 EC PRIVATE KEY'),
  'the label ENCRYPTED PRIVATE KEY': (text) => text.replaceAll(/(BEGIN|END) [A-Z ]+/g, '$1 ENCRYPTED PRIVATE KEY'),
  'a label of the content': (text) => `-----BEGIN ${body(text).slice(0, 60)}-----\n${text}`,
  'no base64': (text) => text.replace(/\n[A-Za-z0-9+/]{6}/, '\n$&*?='),
  'cut off': (text) => text.slice(0, text.length / 2),
  'cut off within base64': (text) => text.replace(/.{7}\n-----END/, '\n-----END'),
  DER: (text) => derOf(text),
  'DER as text': (text) => derOf(text).toString('latin1'),
  'base64 alone': (text) => body(text),
  'a byte order mark': (text) => `\ufeff${text}`,
  'UTF-16': (text) => Buffer.from(text, 'utf16le'),
  'UTF-16 with its mark': (text) => Buffer.from(`\ufeff${text}`, 'utf16le'),
  'text in front': (text) => `Bag Attributes\n    localKeyID: 01 02\n${text}`,
  twice: (text) => text + text,
  'in quotes': (text) => JSON.stringify(text),
  indented: (text) => text.replaceAll('\n', '\n    '),
  empty: () => '',
  'only blanks': () => ' \n\t\n',
  'a lot of junk': (text) => `${body(text).repeat(20)}\n`.repeat(30),
  'a lot of junk in a block': (text) => text.replace('\n', `\n${`${body(text)}\n`.repeat(200)}`),
};

/** Ways to give it. */
const GIVEN: Record<string, (material: Material) => unknown> = {
  'a string or bytes': (material) => material,
  'a Buffer': (material) => Buffer.from(material as string),
  'a Uint8Array': (material) => new Uint8Array(Buffer.from(material as string)),
  'a list': (material) => [material],
  'a list of an object': (material) => [{ pem: material, passphrase: 'no passphrase' }],
  'an object': (material) => ({ pem: material }),
};

let port: number;
before(async () => {
  port = await freePort();
});

async function failure(socket: object): Promise<Error & { code?: string }> {
  const client = createClient({ socket: { host: '127.0.0.1', port, tls: true, reconnectStrategy: false, ...socket } as never });
  client.on('error', () => undefined);
  return client.connect().then(() => assert.fail('nobody listens there'), (error: Error) => error);
}

const runsOfSecrets = new Map<string, Set<string>>();

/** All runs of 8 characters of the secret, as base64 and decoded. The words of labels are not secret. */
function runsOf(secret: string): Set<string> {
  let runs = runsOfSecrets.get(secret);
  if (runs === undefined) {
    runs = new Set();
    for (const text of [secret, Buffer.from(secret, 'base64').toString('latin1')]) {
      for (let at = 0; at + 8 <= text.length; at += 1) runs.add(text.slice(at, at + 8));
    }
    runsOfSecrets.set(secret, runs);
  }
  return runs;
}

/** No run of 8 characters of the secret, and no list of bytes. */
function leaks(error: Error, secret: string): string | undefined {
  const shown = [error.message, error.stack, inspect(error, { depth: 9, showHidden: true }), JSON.stringify(error)].join('\n');
  const list = /\d{1,3}(, ?\d{1,3}){4}|(\b[0-9a-f]{2}[ :,]){5}/i.exec(shown);
  if (list) return `a list of bytes: ${list[0]}`;
  const runs = runsOf(secret);
  for (let at = 0; at + 8 <= shown.length; at += 1) {
    if (runs.has(shown.slice(at, at + 8))) return `a part of it: ${shown.slice(at, at + 8)}`;
  }
  return undefined;
}

/** The settings that a mangled text is tried in. */
function settings(kind: string, mangle: (text: string) => Material): object[] {
  const text = mangle(pem(kind, 'key'));
  const cert = pem(kind, 'cert');
  const all: object[] = [{ key: text, cert }];
  if (ENCRYPTED.includes(kind)) all.push({ key: text, cert, passphrase: 'wrong passphrase' });
  if (kind !== 'leaf-rsa-2048') return all;
  const other = { key: pem('leaf-p-256', 'key'), cert: pem('leaf-p-256', 'cert') };
  for (const give of Object.values(GIVEN)) {
    all.push({ key: give(text), cert }, { ...other, cert: give(text) }, { ca: give(text) }, { ...other, cert: give(mangle(other.cert)) });
  }
  return all;
}

for (const [how, mangle] of Object.entries(MANGLED)) {
  test(`no error shows anything of PEM that is mangled: ${how}`, async () => {
    for (const kind of [...KEYS, ...ENCRYPTED]) {
      const errors = await Promise.all(settings(kind, mangle).map(failure));
      for (const error of errors) {
        const found = leaks(error, body(pem(kind, 'key'))) ?? leaks(error, body(pem('leaf-p-256', 'key')));
        assert.equal(found, undefined, `${kind}: ${error.message.slice(0, 200)}`);
        assert.ok(error.message.length < 300, error.message);
        assert.match(error.code ?? '', /^[A-Z][A-Z0-9_]+$/, error.message);
        assert.ok(!inspect(error).includes('wrong passphrase'));
      }
    }
  });
}

const rsa = (): string => pem('leaf-rsa-2048', 'key');

/** What is wrong, in our words. */
const SAID: [string, () => object, string, RegExp][] = [
  ['literal \\n in a key', () => ({ key: rsa().replaceAll('\n', '\\n') }), 'ERR_OSSL_PEM_NO_START_LINE', /socket\.key` contains a backslash and an n instead of line breaks/],
  ['literal \\n in an encrypted key', () => ({ key: pem('form-pkcs8-encrypted', 'key').replaceAll('\n', '\\n'), passphrase: PASSPHRASE }), 'ERR_OSSL_PEM_NO_START_LINE', /socket\.key contains a backslash and an n instead of line breaks/],
  ['literal \\n in ca', () => ({ ca: pem('root', 'cert').replaceAll('\n', '\\n'), key: undefined }), 'ERR_OSSL_PEM_NO_START_LINE', /socket\.ca` contains a backslash and an n/],
  ['a path', () => ({ key: '/etc/redis/key.pem' }), 'ERR_OSSL_PEM_NO_START_LINE', /pass the content of the file, not its path/],
  ['a certificate', () => ({ key: pem('root', 'cert') }), 'ERR_OSSL_PEM_NO_START_LINE', /holds a certificate, where a private key is expected/],
  ['a public key', () => ({ key: createPublicKey(rsa()).export({ type: 'spki', format: 'pem' }) }), 'ERR_OSSL_PEM_NO_START_LINE', /holds a public key, where a private key/],
  ['DER', () => ({ key: createPrivateKey(rsa()).export({ type: 'pkcs8', format: 'der' }) }), 'ERR_OSSL_PEM_NO_START_LINE', /is DER; convert it to PEM/],
  ['UTF-16', () => ({ key: Buffer.from(rsa(), 'utf16le') }), 'ERR_OSSL_PEM_NO_START_LINE', /is UTF-16 text/],
  ['no END', () => ({ key: rsa().replace(/-----END[^\n]*\n/, '') }), 'ERR_OSSL_PEM_BAD_END_LINE', /without its END line/],
  ['no base64', () => ({ key: rsa().replace(/\n[A-Za-z]/, '\n*') }), 'ERR_OSSL_PEM_BAD_BASE64_DECODE', /is no base64/],
  ['no passphrase', () => ({ key: pem('form-pkcs8-encrypted', 'key') }), 'ERR_MISSING_PASSPHRASE', /is encrypted: pass socket\.passphrase/],
  ['a wrong passphrase', () => ({ key: pem('form-pkcs8-encrypted', 'key'), passphrase: 'wrong' }), 'ERR_OSSL_BAD_DECRYPT', /cannot be decrypted with socket\.passphrase/],
  ['a passphrase of a wrong type', () => ({ key: pem('form-pkcs8-encrypted', 'key'), passphrase: 12_345_678 }), 'ERR_INVALID_ARG_TYPE', /^socket\.passphrase must be a string$/],
  ['P-521', () => ({ key: pem('leaf-p-521', 'key') }), 'OXREDIS_UNSUPPORTED_KEY', /is a P-521 key; the engine signs with RSA/],
  ['Ed448', () => ({ key: pem('leaf-ed448', 'key') }), 'OXREDIS_UNSUPPORTED_KEY', /is an Ed448 key/],
  ['RSA 1024', () => ({ key: pem('leaf-rsa-1024', 'key') }), 'OXREDIS_UNSUPPORTED_KEY', /is an RSA key of 1024 bits/],
  ['only blanks', () => ({ key: ' \n' }), 'ERR_OSSL_PEM_NO_START_LINE', /is empty, where a private key is expected/],
  ['another type', () => ({ key: 12_345_678 }), 'ERR_INVALID_ARG_TYPE', /socket\.key must be PEM text as a string or a Buffer/],
];

for (const [what, options, code, text] of SAID) {
  test(`an error says what is wrong with a key: ${what}`, async () => {
    const error = await failure({ cert: 'key' in options() && (options() as { key?: unknown }).key ? pem('leaf-rsa-2048', 'cert') : undefined, ...options() });
    assert.equal(error.code, code, error.message);
    assert.match(error.message, text);
  });
}
