/**
 * Creates the kinds of keys and certificates that TLS is tested with, by means of the openssl program (3.0 or later),
 * and writes them to __test__/support/certificates/kinds.json. The file is committed; run this script only to change
 * it.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './setup/paths.mjs';

const WORK = mkdtempSync(join(tmpdir(), 'oxredis-kinds-'));
const SAN = 'subjectAltName=DNS:localhost,IP:127.0.0.1';
const CA = 'basicConstraints=critical,CA:TRUE';
const LEAF = 'basicConstraints=CA:FALSE';
/** The password of the encrypted keys. */
const PASSPHRASE = 'correct horse';

const ALGORITHMS = {
  'rsa-1024': ['RSA', '-pkeyopt', 'rsa_keygen_bits:1024'],
  'rsa-2048': ['RSA', '-pkeyopt', 'rsa_keygen_bits:2048'],
  'rsa-4096': ['RSA', '-pkeyopt', 'rsa_keygen_bits:4096'],
  'rsa-pss': ['RSA-PSS', '-pkeyopt', 'rsa_keygen_bits:2048'],
  'p-256': ['EC', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  'p-384': ['EC', '-pkeyopt', 'ec_paramgen_curve:P-384'],
  'p-521': ['EC', '-pkeyopt', 'ec_paramgen_curve:P-521'],
  ed25519: ['ED25519'],
  ed448: ['ED448'],
};

const made = {};
const file = (name) => join(WORK, name);
const read = (name) => readFileSync(file(name), 'utf8');
const openssl = (...args) => execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });

function key(name, algorithm = 'p-256') {
  openssl('genpkey', '-algorithm', ...ALGORITHMS[algorithm], '-out', file(`${name}.key`));
}

/** Creates a certificate. Without `by` it is self-signed; without `extensions` it has version 1. */
function issue(name, options = {}) {
  const { by, subject = `/CN=${name}`, algorithm, extensions, from = '20240101000000Z', to = '20740101000000Z', digest = 'sha256' } = options;
  key(name, algorithm);
  openssl('req', '-new', '-key', file(`${name}.key`), '-subj', subject, '-out', file(`${name}.csr`));
  writeFileSync(file('index.txt'), '');
  writeFileSync(
    file('ca.cnf'),
    `[ca]\ndefault_ca=d\n[d]\nnew_certs_dir=${WORK}\ndatabase=${file('index.txt')}\nrand_serial=yes\n` +
      `default_md=${digest}\npolicy=p\n[p]\ncommonName=optional\n[e]\n${(extensions ?? []).join('\n')}\n`,
  );
  openssl(
    ...['ca', '-batch', '-notext', '-config', file('ca.cnf'), '-in', file(`${name}.csr`), '-out', file(`${name}.crt`)],
    ...(extensions ? ['-extensions', 'e'] : []),
    ...(by ? ['-cert', file(`${by}.crt`), '-keyfile', file(`${by}.key`)] : ['-selfsign', '-keyfile', file(`${name}.key`)]),
    ...['-startdate', from, '-enddate', to],
  );
  made[name] = { cert: read(`${name}.crt`), key: read(`${name}.key`) };
}

function authorities() {
  issue('root', { extensions: [CA] });
  issue('stranger', { extensions: [CA] });
  issue('middle', { by: 'root', extensions: [CA] });
  issue('lower', { by: 'middle', extensions: [CA] });
  issue('root-p-521', { algorithm: 'p-521', extensions: [CA] });
  issue('root-rsa-1024', { algorithm: 'rsa-1024', extensions: [CA] });
  issue('root-rsa', { algorithm: 'rsa-2048', extensions: [CA] });
  issue('root-version-1');
  issue('root-expired', { extensions: [CA], from: '20200101000000Z', to: '20210101000000Z' });
  issue('root-no-authority', { extensions: [LEAF] });
  issue('root-no-constraints', { extensions: ['subjectKeyIdentifier=hash'] });
  issue('root-of-names', { extensions: [CA, 'nameConstraints=critical,permitted;DNS:example.com'] });
  issue('root-of-leaves', { extensions: [`${CA},pathlen:0`] });
  issue('root-sha1', { extensions: [CA], digest: 'sha1' });
  issue('middle-no-authority', { by: 'root', extensions: [LEAF] });
  issue('middle-too-deep', { by: 'root-of-leaves', extensions: [CA] });
  issue('middle-expired', { by: 'root', extensions: [CA], from: '20200101000000Z', to: '20210101000000Z' });
}

function leaves() {
  for (const algorithm of Object.keys(ALGORITHMS)) issue(`leaf-${algorithm}`, { by: 'root', algorithm, extensions: [SAN] });
  const leaf = (name, by, extensions = [SAN], more = {}) => issue(name, { by, extensions, ...more });
  issue('leaf-version-1', { by: 'root', subject: '/CN=localhost' });
  issue('leaf-version-1-of-other', { by: 'root', subject: '/CN=other.example' });
  issue('leaf-version-1-by-version-1', { by: 'root-version-1', subject: '/CN=localhost' });
  issue('leaf-version-1-by-middle', { by: 'middle', subject: '/CN=localhost' });
  issue('leaf-version-1-of-names', { by: 'root-of-names', subject: '/CN=localhost' });
  issue('leaf-version-1-expired', { by: 'root', subject: '/CN=localhost', from: '20200101000000Z', to: '20210101000000Z' });
  issue('self-version-1', { subject: '/CN=localhost' });
  issue('self', { extensions: [SAN] });
  issue('self-authority', { extensions: [SAN, CA] });
  issue('self-expired', { extensions: [SAN], from: '20200101000000Z', to: '20210101000000Z' });
  issue('self-for-clients', { extensions: [SAN, 'extendedKeyUsage=clientAuth'] });
  leaf('leaf-by-version-1', 'root-version-1');
  leaf('leaf-by-middle', 'middle');
  leaf('leaf-by-rsa', 'root-rsa');
  leaf('leaf-by-lower', 'lower');
  leaf('leaf-by-p-521', 'root-p-521');
  leaf('leaf-by-rsa-1024', 'root-rsa-1024');
  leaf('leaf-by-expired', 'root-expired');
  leaf('leaf-by-expired-middle', 'middle-expired');
  leaf('leaf-by-no-authority', 'root-no-authority');
  leaf('leaf-by-no-constraints', 'root-no-constraints');
  leaf('leaf-by-no-authority-middle', 'middle-no-authority');
  leaf('leaf-by-root-of-names', 'root-of-names');
  leaf('leaf-by-root-of-leaves', 'root-of-leaves');
  leaf('leaf-too-deep', 'middle-too-deep');
  leaf('leaf-by-root-sha1', 'root-sha1');
  leaf('leaf-by-stranger', 'stranger');
  leaf('leaf-authority', 'root', [SAN, CA]);
  leaf('leaf-authority-by-middle', 'middle', [SAN, CA]);
  leaf('leaf-authority-for-clients', 'root', [SAN, CA, 'extendedKeyUsage=clientAuth']);
  leaf('leaf-expired', 'root', [SAN], { from: '20200101000000Z', to: '20210101000000Z' });
  leaf('leaf-of-the-future', 'root', [SAN], { from: '20700101000000Z' });
  leaf('leaf-sha1', 'root-rsa', [SAN], { digest: 'sha1' });
  leaf('leaf-rsa-md5', 'root-rsa', [SAN], { digest: 'md5' });
  leaf('leaf-for-servers', 'root', [SAN, 'extendedKeyUsage=serverAuth']);
  leaf('leaf-for-clients', 'root', [SAN, 'extendedKeyUsage=clientAuth']);
  leaf('leaf-for-any', 'root', [SAN, 'extendedKeyUsage=anyExtendedKeyUsage']);
  leaf('leaf-critical', 'root', [SAN, '1.2.3.4=critical,ASN1:UTF8String:x']);
  leaf('leaf-common-name', 'root', [LEAF], { subject: '/CN=localhost' });
  leaf('leaf-wildcard', 'root', ['subjectAltName=DNS:*.example.com']);
  leaf('leaf-partial-wildcard', 'root', ['subjectAltName=DNS:red*.example.com']);
  leaf('leaf-address', 'root', ['subjectAltName=IP:127.0.0.1'], { subject: '/CN=localhost' });
  leaf('leaf-other-name', 'root', ['subjectAltName=DNS:other.example']);
}

/** Converts the keys of two leaf certificates to other forms. */
function forms() {
  const form = (name, of, ...how) => {
    openssl(...how, '-in', file(`${of}.key`), '-out', file('form.key'));
    made[name] = { cert: made[of].cert, key: read('form.key') };
  };
  const secret = ['-passout', `pass:${PASSPHRASE}`];
  form('form-pkcs1', 'leaf-rsa-2048', 'rsa', '-traditional');
  form('form-pkcs1-encrypted', 'leaf-rsa-2048', 'rsa', '-traditional', '-aes128', ...secret);
  form('form-pkcs1-encrypted-3des', 'leaf-rsa-2048', 'rsa', '-traditional', '-des3', ...secret);
  form('form-pkcs8-encrypted', 'leaf-rsa-2048', 'pkcs8', '-topk8', '-v2', 'aes-256-cbc', ...secret);
  form('form-pkcs8-scrypt', 'leaf-p-256', 'pkcs8', '-topk8', '-scrypt', ...secret);
  form('form-sec1', 'leaf-p-256', 'ec');
  form('form-sec1-encrypted', 'leaf-p-256', 'ec', '-aes256', ...secret);
  form('form-p-384-sec1', 'leaf-p-384', 'ec');
  const parameters = openssl('ecparam', '-name', 'prime256v1');
  made['form-sec1-parameters'] = { cert: made['leaf-p-256'].cert, key: parameters + made['form-sec1'].key };
}

authorities();
leaves();
forms();
rmSync(WORK, { recursive: true, force: true });
const target = join(ROOT, '__test__', 'support', 'certificates', 'kinds.json');
writeFileSync(target, `${JSON.stringify(made, null, 1)}\n`);
console.log(`${Object.keys(made).length} kinds made in ${target}`);
