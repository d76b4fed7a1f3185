/** Fields of `options.socket` that concern TLS, as the engine wants them. */
import { X509Certificate, createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { rootCertificates, type PeerCertificate } from 'node:tls';
import type { TlsOptions } from '../wire/link';
import { refuseFields, unsupported, type Refusals } from './refused-options';
import type { RedisSocketOptions } from './types';

const PEM_INSTEAD = 'pass PEM text in ca, cert and key';
const SUITES_INSTEAD = 'the engine offers the cipher suites and groups of TLS 1.2 and 1.3 that are considered safe';
const VERSION_INSTEAD = 'use minVersion and maxVersion';

/** Fields of `tls.connect` that the engine cannot honour. Fields that only servers use pass: they had no effect on a client. */
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

function any(): boolean {
  return true;
}

/** Refuses what cannot be honoured, when TLS is on. @throws TypeError that names the field and what to use instead */
export function checkTlsFields(socket: RedisSocketOptions): void {
  if (socket.tls !== true) return;
  refuseFields(socket, REFUSED);
  const { minVersion, maxVersion, checkServerIdentity } = socket;
  versionOf(minVersion, 'minVersion', 'TLSv1.2');
  versionOf(maxVersion, 'maxVersion', 'TLSv1.3');
  if (minVersion === 'TLSv1.3' && maxVersion === 'TLSv1.2') throw new TypeError('socket.minVersion is above socket.maxVersion');
  if (checkServerIdentity !== undefined && typeof checkServerIdentity !== 'function') {
    throw new TypeError('socket.checkServerIdentity must be a function');
  }
}

/**
 * The TLS part of the options of a link; `undefined` without TLS.
 *
 * @throws Error when a key cannot be decrypted with `passphrase`
 */
export function tlsPart(socket: RedisSocketOptions): TlsOptions | undefined {
  if (socket.tls !== true) return undefined;
  // As in Node, false alone turns it off.
  const rejectUnauthorized = (socket.rejectUnauthorized ?? process.env.NODE_TLS_REJECT_UNAUTHORIZED !== '0') !== false;
  return {
    ca: trusted(socket.ca),
    cert: pemList(socket.cert, 'cert'),
    key: keys(socket.key, socket.passphrase),
    rejectUnauthorized,
    servername: socket.servername || undefined,
    // Without the check its verdict would count for nothing.
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
  throw new TypeError(`socket.${field} must be 'TLSv1.2' or 'TLSv1.3', got ${String(version)}`);
}

/** As in Node: `NODE_EXTRA_CA_CERTS` adds to the roots that come with it, unless `ca` replaces them. */
function trusted(ca: RedisSocketOptions['ca']): Buffer[] {
  const given = pemList(ca, 'ca');
  const extra = process.env.NODE_EXTRA_CA_CERTS;
  if (ca !== undefined || !extra) return given;
  try {
    const file = readFileSync(extra);
    return [Buffer.from(rootCertificates.join('\n')), file];
  } catch {
    return given; // Node has warned about it at its start.
  }
}

function pemList(value: unknown, field: string): Buffer[] {
  if (value === undefined || value === null) return [];
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.map((item) => bytesOf(item, field));
}

function bytesOf(value: unknown, field: string): Buffer {
  if (typeof value === 'string') return Buffer.from(value);
  if (Buffer.isBuffer(value)) return value;
  if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  throw new TypeError(`socket.${field} must be PEM text as a string or a Buffer, or an array of them`);
}

/** `key` may be PEM, or `{pem, passphrase}`, or an array of both. */
function keys(value: unknown, passphrase: string | undefined): Buffer[] {
  if (value === undefined || value === null) return [];
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.map((item) => {
    const own = item as { pem?: unknown; passphrase?: string } | null;
    if (typeof own === 'object' && own !== null && 'pem' in own) {
      return decrypted(bytesOf(own.pem, 'key'), own.passphrase ?? passphrase);
    }
    return decrypted(bytesOf(item, 'key'), passphrase);
  });
}

/** The engine takes keys in the clear: encrypted ones are opened here, and never kept. */
function decrypted(pem: Buffer, passphrase: string | undefined): Buffer {
  if (!pem.includes('ENCRYPTED')) return pem;
  if (passphrase === undefined) throw new Error('socket.key is encrypted: pass socket.passphrase');
  const key = createPrivateKey({ key: pem, passphrase });
  return Buffer.from(key.export({ type: 'pkcs8', format: 'pem' }) as string);
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
