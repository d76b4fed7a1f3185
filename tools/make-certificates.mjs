/**
 * Creates the TLS certificates of the tests with the openssl program, in __test__/support/certificates/. They are
 * committed and valid for 50 years; run this script only to change them.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './setup/paths.mjs';

const FOLDER = join(ROOT, '__test__', 'support', 'certificates');
const WORK = mkdtempSync(join(tmpdir(), 'oxredis-ca-'));
const LOCAL = 'DNS:localhost,IP:127.0.0.1,IP:::1';
/** The password of the encrypted keys. */
const PASSPHRASE = 'correct horse';

const pem = (name) => join(FOLDER, name);
const openssl = (...args) => execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'pipe'] });

function key(name, kind = 'ec') {
  const how = kind === 'ec' ? ['EC', '-pkeyopt', 'ec_paramgen_curve:P-256'] : ['RSA', '-pkeyopt', 'rsa_keygen_bits:2048'];
  openssl('genpkey', '-algorithm', ...how, '-out', pem(`${name}.key`));
}

function authority(name, subject) {
  key(name);
  openssl(
    ...['req', '-x509', '-new', '-key', pem(`${name}.key`), '-days', '18250', '-subj', `/CN=${subject}`, '-out', pem(`${name}.crt`)],
    ...['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
  );
}

/** Signs with `openssl ca`, the only command that can set both ends of the validity in every version of openssl. */
function signed(name, { subject = 'localhost', san = LOCAL, by = 'ca', kind, usage = 'serverAuth', from, to } = {}) {
  key(name, kind);
  const request = join(WORK, `${name}.csr`);
  openssl('req', '-new', '-key', pem(`${name}.key`), '-subj', `/CN=${subject}`, '-out', request);
  const config = join(WORK, 'ca.cnf');
  const names = san ? `subjectAltName=${san}` : '';
  writeFileSync(join(WORK, 'index.txt'), '');
  writeFileSync(
    config,
    `[ca]\ndefault_ca=d\n[d]\nnew_certs_dir=${WORK}\ndatabase=${WORK}/index.txt\nrand_serial=yes\ndefault_md=sha256\n` +
      'policy=p\n[p]\ncommonName=supplied\n[e]\nbasicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n' +
      `extendedKeyUsage=${usage}\n${names}\n`,
  );
  openssl(
    ...['ca', '-batch', '-notext', '-config', config, '-extensions', 'e', '-in', request, '-out', pem(`${name}.crt`)],
    ...['-cert', pem(`${by}.crt`), '-keyfile', pem(`${by}.key`)],
    ...['-startdate', from ?? '20240101000000Z', '-enddate', to ?? '20740101000000Z'],
  );
}

function encrypted(from, to, ...how) {
  openssl(...how, '-in', pem(`${from}.key`), '-out', pem(`${to}.key`), '-passout', `pass:${PASSPHRASE}`);
}

rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER, { recursive: true });
authority('ca', 'oxredis test CA');
authority('other-ca', 'oxredis other test CA');
signed('server');
signed('server-rsa', { kind: 'rsa' });
signed('expired', { from: '20200101000000Z', to: '20200201000000Z' });
signed('other-host', { subject: 'other.example', san: 'DNS:other.example' });
signed('untrusted', { by: 'other-ca' });
signed('client', { subject: 'oxredis test client', san: '', usage: 'clientAuth' });
signed('client-rsa', { subject: 'oxredis test client', san: '', usage: 'clientAuth', kind: 'rsa' });
encrypted('client', 'client-encrypted', 'pkcs8', '-topk8', '-v2', 'aes-256-cbc');
encrypted('client-rsa', 'client-rsa-encrypted', 'rsa', '-traditional', '-aes128');
key('self-signed');
openssl(
  ...['req', '-x509', '-new', '-key', pem('self-signed.key'), '-days', '18250', '-subj', '/CN=localhost'],
  ...['-addext', `subjectAltName=${LOCAL}`, '-out', pem('self-signed.crt')],
);
rmSync(WORK, { recursive: true, force: true });
console.log(`certificates made in ${FOLDER}`);
