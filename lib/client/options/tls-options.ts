/** Converts the TLS fields of `options.socket` for the engine. */
import { X509Certificate, createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { rootCertificates, type PeerCertificate } from 'node:tls';
import { optionError } from '../../errors';
import type { TlsOptions } from '../../wire/link-types';
import { refuseFields, unsupported, type Refusals } from './refused-options';
import type { RedisSocketOptions } from './option-types';

const PEM_INSTEAD = 'pass PEM text in ca, cert and key';
const SUITES_INSTEAD = 'the engine offers the cipher suites and groups of TLS 1.2 and 1.3 that are considered safe';
const VERSION_INSTEAD = 'use minVersion and maxVersion';

/** Fields of `tls.connect` that are not supported. Fields for servers are accepted, as they have no effect on clients in Node either. */
const REFUSED: Refusals = {
  pfx: ['convert it to PEM (openssl pkcs12 -in file.pfx -out file.pem) and pass cert and key', any],
  secureContext: [PEM_INSTEAD, any],
  privateKeyEngine: [PEM_INSTEAD, any],
  privateKeyIdentifier: [PEM_INSTEAD, any],
  clientCertEngine: [PEM_INSTEAD, any],
  ciphers: [SUITES_INSTEAD, any],
  sigalgs: [SUITES_INSTEAD, any],
  ecdhCurve: [SUITES_INSTEAD, (value) => value !== 'auto'],
  crl: ['revocation lists are not checked: replace the certificate authority in ca', any],
  secureOptions: [VERSION_INSTEAD, (value) => value !== 0],
  secureProtocol: [VERSION_INSTEAD, any],
  session: ['sessions are resumed by the engine itself', any],
  pskCallback: ['use certificates', any],
  enableTrace: ['trace the connection outside of the process', (value) => value === true],
  allowPartialTrustChain: ['put the root certificate into ca', (value) => value === true],
};

/** What marks a PEM key as encrypted: PKCS #8, and the traditional format of OpenSSL. */
const ENCRYPTED = ['-----BEGIN ENCRYPTED PRIVATE KEY', 'Proc-Type: 4,ENCRYPTED'];

function any(): boolean {
  return true;
}

/** Refuses unsupported fields if TLS is on. @throws TypeError that names the field and what to use instead */
export function checkTlsFields(socket: RedisSocketOptions): void {
  if (socket.tls !== true) return;
  refuseFields(socket, REFUSED);
  const { minVersion, maxVersion, checkServerIdentity } = socket;
  versionOf(minVersion, 'minVersion', 'TLSv1.2');
  versionOf(maxVersion, 'maxVersion', 'TLSv1.3');
  if (minVersion === 'TLSv1.3' && maxVersion === 'TLSv1.2') throw optionError('socket.minVersion is above socket.maxVersion');
  if (checkServerIdentity !== undefined && typeof checkServerIdentity !== 'function') {
    throw optionError('socket.checkServerIdentity must be a function');
  }
}

/**
 * Returns the TLS options of a link; `undefined` without TLS.
 *
 * @throws Error if a key cannot be decrypted with `passphrase`, TypeError for values that are not PEM
 */
export function tlsPart(socket: RedisSocketOptions): TlsOptions | undefined {
  if (socket.tls !== true) return undefined;
  // As in Node, only `false` disables the check.
  const rejectUnauthorized = (socket.rejectUnauthorized ?? process.env.NODE_TLS_REJECT_UNAUTHORIZED !== '0') !== false;
  return {
    ca: trusted(socket.ca),
    cert: pemList(socket.cert, 'cert'),
    key: keys(socket.key, socket.passphrase),
    rejectUnauthorized,
    servername: socket.servername || undefined,
    // Without `rejectUnauthorized` its result would be ignored.
    checkServerIdentity: rejectUnauthorized ? identityHandler(socket) : undefined,
    minVersion: versionOf(socket.minVersion, 'minVersion', 'TLSv1.2'),
    maxVersion: versionOf(socket.maxVersion, 'maxVersion', 'TLSv1.3'),
    alpn: alpnOf(socket.ALPNProtocols),
  };
}

/** Runs the user's `checkServerIdentity` on the server's certificate. */
function identityHandler(socket: RedisSocketOptions): TlsOptions['checkServerIdentity'] {
  const check = socket.checkServerIdentity;
  if (typeof check !== 'function') return undefined;
  return (host, certificateDer) => {
    const certificate = new X509Certificate(certificateDer);
    const legacy = { ...(certificate.toLegacyObject() as object), raw: certificateDer };
    return check(host, legacy as unknown as PeerCertificate);
  };
}

function versionOf(version: string | undefined, field: string, fallback: 'TLSv1.2' | 'TLSv1.3'): 'TLSv1.2' | 'TLSv1.3' {
  if (version === undefined || version === null) return fallback;
  if (version === 'TLSv1.2' || version === 'TLSv1.3') return version;
  if (version === 'TLSv1' || version === 'TLSv1.1') {
    throw unsupported(`socket.${field} ${version}`, 'TLS 1.0 and 1.1 are broken: use TLSv1.2 or TLSv1.3');
  }
  throw optionError(`socket.${field} must be 'TLSv1.2' or 'TLSv1.3', got ${String(version)}`);
}

/**
 * Returns the trusted CA certificates, as Node determines them. A falsy `ca` counts as not given. An empty array trusts no CA.
 * `NODE_EXTRA_CA_CERTS` is added to Node's root certificates, unless `ca` replaces these.
 */
function trusted(ca: RedisSocketOptions['ca']): Buffer[] {
  const given = pemList(ca, 'ca');
  if (ca) return given.length === 0 ? [Buffer.alloc(0)] : given;
  const extra = process.env.NODE_EXTRA_CA_CERTS;
  if (!extra) return given;
  try {
    const file = readFileSync(extra);
    return [Buffer.from(rootCertificates.join('\n')), file];
  } catch {
    return given; // Node has warned about it at its start.
  }
}

function pemList(value: unknown, field: string): Buffer[] {
  if (!value) return [];
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.map((item) => bytesOf(item, field));
}

function bytesOf(value: unknown, field: string): Buffer {
  if (typeof value === 'string') return Buffer.from(value);
  if (Buffer.isBuffer(value)) return value;
  if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  throw coded(new TypeError(`socket.${field} must be PEM text as a string or a Buffer, or an array of them`), 'ERR_INVALID_ARG_TYPE');
}

/** `key` may be PEM, or `{pem, passphrase}`, or an array of both. */
function keys(value: unknown, passphrase: unknown): Buffer[] {
  if (!value) return [];
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.map((item) => {
    const own = item as { pem?: unknown; passphrase?: unknown } | null;
    if (typeof own === 'object' && own !== null && 'pem' in own) {
      return decrypted(bytesOf(own.pem, 'key'), own.passphrase ?? passphrase);
    }
    return decrypted(bytesOf(item, 'key'), passphrase);
  });
}

/** Decrypts an encrypted key, as the engine needs plain ones. The plain key is not stored. */
function decrypted(pem: Buffer, passphrase: unknown): Buffer {
  if (!ENCRYPTED.some((mark) => pem.includes(mark))) return pem;
  if (passphrase === undefined || passphrase === null) {
    throw coded(new Error('socket.key is encrypted: pass socket.passphrase'), 'ERR_MISSING_PASSPHRASE');
  }
  if (typeof passphrase !== 'string' && !ArrayBuffer.isView(passphrase)) {
    throw coded(new TypeError('socket.passphrase must be a string'), 'ERR_INVALID_ARG_TYPE');
  }
  try {
    const key = createPrivateKey({ key: pem, passphrase: passphrase as string });
    return Buffer.from(key.export({ type: 'pkcs8', format: 'pem' }) as string);
  } catch (error) {
    throw unreadableKey(pem, String((error as { code?: unknown } | null)?.code));
  }
}

/** Returns an error that shows only the code of OpenSSL's error. */
function unreadableKey(pem: Buffer, code: string): Error {
  if (pem.includes('\\n')) {
    const hint = 'they can be put back with .replaceAll(\'\\\\n\', \'\\n\')';
    return coded(new Error(`socket.key contains a backslash and an n instead of line breaks; ${hint}`), 'ERR_OSSL_PEM_NO_START_LINE');
  }
  if (code === 'ERR_OSSL_BAD_DECRYPT' || code === 'ERR_OSSL_EVP_BAD_DECRYPT') {
    return coded(new Error('socket.key cannot be decrypted with socket.passphrase'), code);
  }
  const known = /^ERR_[A-Z0-9_]{1,60}$/.test(code) ? code : 'ERR_OSSL_UNSUPPORTED';
  return coded(new Error('socket.key cannot be read: it is broken, or encrypted in a way that Node does not know'), known);
}

function coded<E extends Error>(error: E, code: string): E {
  return Object.assign(error, { code });
}

function alpnOf(protocols: RedisSocketOptions['ALPNProtocols']): string[] {
  if (protocols === undefined || protocols === null) return [];
  if (Array.isArray(protocols)) return (protocols as (string | Uint8Array)[]).map(nameOf);
  const wire = bytesOf(protocols, 'ALPNProtocols');
  const names: string[] = [];
  for (let at = 0; at < wire.length; at += 1 + (wire[at] as number)) {
    names.push(wire.toString('latin1', at + 1, at + 1 + (wire[at] as number)));
  }
  return names;
}

function nameOf(protocol: string | Uint8Array): string {
  return typeof protocol === 'string' ? protocol : Buffer.from(protocol).toString('latin1');
}
