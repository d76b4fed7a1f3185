/** Servers and settings of TLS that Node and the client are tried with. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConnectionOptions, TlsOptions } from 'node:tls';
import { PASSPHRASE } from '../support/certificates';
import { REPOSITORY } from '../support/paths';

/** Certificates and keys by their names, which tools/make-certificate-kinds.mjs made. */
export const KINDS = JSON.parse(
  readFileSync(join(REPOSITORY, '__test__', 'support', 'certificates', 'kinds.json'), 'utf8'),
) as Record<string, { cert: string; key: string }>;

/** One server and one way to connect to it. */
export interface TlsCase {
  server: TlsOptions;
  client: ConnectionOptions;
  /** What the client does where it differs from Node: a code, or `ok`. */
  differs?: string;
  /** What Node does depends on its version. */
  isUnsettled?: boolean;
}

const cert = (name: string): string => KINDS[name]?.cert ?? missing(name);
const key = (name: string): string => KINDS[name]?.key ?? missing(name);
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

function missing(name: string): never {
  throw new Error(`there is no certificate ${name}`);
}

/** A server with a certificate, and others that it sends along. */
function server(name: string, ...rest: string[]): TlsOptions {
  return { cert: [name, ...rest].map(cert).join(''), key: key(name), ciphers: 'DEFAULT@SECLEVEL=0' };
}

function trusting(...names: string[]): ConnectionOptions {
  return { ca: names.map(cert) };
}

const byRoot = (name: string, more: Partial<TlsCase> = {}): TlsCase => ({ server: server(name), client: trusting('root'), ...more });
const by = (root: string, name: string, more: Partial<TlsCase> = {}): TlsCase => ({ server: server(name), client: trusting(root), ...more });
const unchecked = (name: string, more: Partial<TlsCase> = {}): TlsCase => ({ server: server(name), client: { rejectUnauthorized: false }, ...more });
const named = (name: string, servername: string): TlsCase => ({ server: server(name), client: { ...trusting('root'), servername } });

const mutual: TlsOptions = {
  ...server('leaf-p-256'), ca: cert('root'), requestCert: true, rejectUnauthorized: true,
};
const client = (name: string, more: Partial<TlsCase> & { with?: ConnectionOptions } = {}): TlsCase => {
  const { with: options, ...rest } = more;
  return { server: mutual, client: { ...trusting('root'), cert: cert(name), key: key(name), ...options }, ...rest };
};

/** What the engine's cryptography does not do. */
const NO_KEY = 'OXREDIS_UNSUPPORTED_KEY';
const NO_SCHEME = 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE';

/** Keys of servers, and who signed them. */
const SERVERS: Record<string, TlsCase> = {
  'RSA 1024': byRoot('leaf-rsa-1024', { differs: 'EE_KEY_TOO_SMALL', isUnsettled: true }),
  'RSA 2048': byRoot('leaf-rsa-2048'),
  'RSA 4096': byRoot('leaf-rsa-4096'),
  'RSA-PSS': byRoot('leaf-rsa-pss', { differs: NO_SCHEME }),
  'P-256': byRoot('leaf-p-256'),
  'P-384': byRoot('leaf-p-384'),
  'P-521': byRoot('leaf-p-521', { differs: NO_SCHEME }),
  Ed25519: byRoot('leaf-ed25519'),
  Ed448: byRoot('leaf-ed448', { differs: NO_SCHEME }),
  'version 1': byRoot('leaf-version-1'),
  'version 1 of another host': byRoot('leaf-version-1-of-other'),
  'version 1, expired': byRoot('leaf-version-1-expired'),
  'version 1, of a stranger': by('stranger', 'leaf-version-1'),
  'version 1 by version 1': by('root-version-1', 'leaf-version-1-by-version-1'),
  'version 1 by an intermediate': {
    server: server('leaf-version-1-by-middle', 'middle'), client: trusting('root'), differs: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  },
  'version 1 by an authority with limits': by('root-of-names', 'leaf-version-1-of-names', { differs: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }),
  'by version 1': by('root-version-1', 'leaf-by-version-1'),
  'by P-521': by('root-p-521', 'leaf-by-p-521', { differs: 'CERT_SIGNATURE_UNSUPPORTED' }),
  'by RSA 1024': by('root-rsa-1024', 'leaf-by-rsa-1024', { differs: 'CERT_SIGNATURE_FAILURE', isUnsettled: true }),
  'by RSA 2048': by('root-rsa', 'leaf-by-rsa'),
  'by an expired authority': by('root-expired', 'leaf-by-expired'),
  'by what is no authority': by('root-no-authority', 'leaf-by-no-authority'),
  'by an authority that does not say so': by('root-no-constraints', 'leaf-by-no-constraints'),
  'by an authority for other names': by('root-of-names', 'leaf-by-root-of-names'),
  'by an authority for leaves only': by('root-of-leaves', 'leaf-by-root-of-leaves'),
  'deeper than allowed': { server: server('leaf-too-deep', 'middle-too-deep'), client: trusting('root-of-leaves') },
  'by an authority signed with SHA-1': by('root-sha1', 'leaf-by-root-sha1'),
  'by a stranger': byRoot('leaf-by-stranger'),
  'signed with SHA-1': by('root-rsa', 'leaf-sha1'),
  'signed with MD5': by('root-rsa', 'leaf-rsa-md5'),
  'an authority as a server': byRoot('leaf-authority'),
  'an authority as a server, for clients': byRoot('leaf-authority-for-clients'),
  'an authority as a server, by a stranger': by('stranger', 'leaf-authority'),
  'an authority as a server, by an intermediate': {
    server: server('leaf-authority-by-middle', 'middle'), client: trusting('root'), differs: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  },
  expired: byRoot('leaf-expired'),
  'expired, of a stranger': by('stranger', 'leaf-expired'),
  'not yet valid': byRoot('leaf-of-the-future'),
  'for servers': byRoot('leaf-for-servers'),
  'for clients': byRoot('leaf-for-clients'),
  'for any purpose': byRoot('leaf-for-any'),
  'with an unknown critical extension': byRoot('leaf-critical'),
};

/** Chains, and what of them stands in `ca`. */
const CHAINS: Record<string, TlsCase> = {
  'intermediate sent': { server: server('leaf-by-middle', 'middle'), client: trusting('root') },
  'intermediates sent': { server: server('leaf-by-lower', 'lower', 'middle'), client: trusting('root') },
  'intermediates sent in the wrong order': { server: server('leaf-by-lower', 'middle', 'lower'), client: trusting('root') },
  'root sent too': { server: server('leaf-by-middle', 'middle', 'root'), client: trusting('root') },
  'root sent, unknown': { server: server('leaf-by-middle', 'middle', 'root'), client: trusting('stranger') },
  'intermediate not sent': { server: server('leaf-by-middle'), client: trusting('root') },
  'intermediate sent, root unknown': { server: server('leaf-by-middle', 'middle'), client: trusting('stranger') },
  'intermediate in ca': { server: server('leaf-by-middle'), client: trusting('root', 'middle') },
  'intermediate in ca, before the root': { server: server('leaf-by-middle'), client: { ca: cert('middle') + cert('root') } },
  'intermediate alone in ca': { server: server('leaf-by-middle'), client: trusting('middle') },
  'intermediate alone in ca, sent too': { server: server('leaf-by-middle', 'middle'), client: trusting('middle') },
  'upper intermediate alone in ca': { server: server('leaf-by-lower', 'lower'), client: trusting('middle') },
  'leaf alone in ca': { server: server('leaf-p-256'), client: trusting('leaf-p-256') },
  'intermediate expired': { server: server('leaf-by-expired-middle', 'middle-expired'), client: trusting('root') },
  'intermediate is no authority': { server: server('leaf-by-no-authority-middle', 'middle-no-authority'), client: trusting('root') },
  'self-signed in ca': by('self', 'self'),
  'self-signed authority in ca': by('self-authority', 'self-authority'),
  'self-signed version 1 in ca': by('self-version-1', 'self-version-1'),
  'self-signed, expired, in ca': by('self-expired', 'self-expired'),
  'self-signed, for clients, in ca': by('self-for-clients', 'self-for-clients'),
  'self-signed, unknown': byRoot('self'),
  'self-signed authority, unknown': byRoot('self-authority'),
  'self-signed version 1, unknown': byRoot('self-version-1'),
};

/** `rejectUnauthorized: false` asks for nothing but the key. */
const UNCHECKED: Record<string, TlsCase> = {
  'unchecked P-256': unchecked('leaf-p-256'),
  'unchecked RSA 2048': unchecked('leaf-rsa-2048'),
  'unchecked Ed25519': unchecked('leaf-ed25519'),
  'unchecked version 1': unchecked('leaf-version-1'),
  'unchecked version 1, TLS 1.2': unchecked('leaf-version-1', { client: { rejectUnauthorized: false, maxVersion: 'TLSv1.2' } }),
  'unchecked RSA 2048, TLS 1.2': unchecked('leaf-rsa-2048', { client: { rejectUnauthorized: false, maxVersion: 'TLSv1.2' } }),
  'unchecked P-384, TLS 1.2': unchecked('leaf-p-384', { client: { rejectUnauthorized: false, maxVersion: 'TLSv1.2' } }),
  'unchecked self-signed version 1': unchecked('self-version-1'),
  'unchecked expired': unchecked('leaf-expired'),
  'unchecked SHA-1': unchecked('leaf-sha1'),
  'unchecked critical extension': unchecked('leaf-critical'),
  'unchecked P-521': unchecked('leaf-p-521', { differs: NO_SCHEME }),
  'unchecked, with text for ca': unchecked('leaf-p-256', { client: { rejectUnauthorized: false, ca: 'nonsense' } }),
};

/** Names of hosts. */
const NAMES: Record<string, TlsCase> = {
  'common name': byRoot('leaf-common-name'),
  'another name': byRoot('leaf-other-name'),
  wildcard: named('leaf-wildcard', 'redis.example.com'),
  'wildcard for two labels': named('leaf-wildcard', 'a.redis.example.com'),
  'wildcard without a label': named('leaf-wildcard', 'example.com'),
  'wildcard in a label': { ...named('leaf-partial-wildcard', 'redis.example.com'), differs: 'ERR_TLS_CERT_ALTNAME_INVALID' },
  'upper case': named('leaf-wildcard', 'REDIS.Example.COM'),
  'address by name': byRoot('leaf-address'),
  address: { server: server('leaf-address'), client: { ...trusting('root'), host: '127.0.0.1' } },
  'address, common name only': { server: server('leaf-common-name'), client: { ...trusting('root'), host: '127.0.0.1' } },
};

/** What stands for "not given", and how texts may come. */
const VALUES: Record<string, TlsCase> = {
  'ca: empty text': { server: server('leaf-p-256'), client: { ca: '' } },
  'ca: empty list': { server: server('leaf-p-256'), client: { ca: [] } },
  'ca: list of an empty text': { server: server('leaf-p-256'), client: { ca: [''] } },
  'ca: empty text, unchecked': { server: server('leaf-p-256'), client: { ca: '', rejectUnauthorized: false } },
  'ca: false': { server: server('leaf-p-256'), client: { ca: false as never } },
  'cert: false, key: null': { server: server('leaf-p-256'), client: { ...trusting('root'), cert: false as never, key: null as never } },
  'cert and key: empty texts': { server: server('leaf-p-256'), client: { ...trusting('root'), cert: '', key: '' } },
  'cert and key: empty lists': { server: server('leaf-p-256'), client: { ...trusting('root'), cert: [], key: [] } },
  'texts and bytes': { server: server('leaf-p-256'), client: { ca: [Buffer.from(cert('stranger')), cert('root')] } },
  'bytes of no Buffer': { server: server('leaf-p-256'), client: { ca: encode(cert('root')) as Buffer } },
  'ca with CRLF': { server: server('leaf-p-256'), client: { ca: cert('root').replaceAll('\n', '\r\n') } },
  'ca with a byte order mark': { server: server('leaf-p-256'), client: { ca: `\ufeff${cert('root')}` } },
  'ca with text around': { server: server('leaf-p-256'), client: { ca: `Bag Attributes\n    friendlyName: ca\n${cert('root')}that is all\n` } },
  'ca with a key in it': { server: server('leaf-p-256'), client: { ca: key('root') + cert('root') } },
};

/** Client certificates, where the server wants one. */
const CLIENTS: Record<string, TlsCase> = {
  'no client certificate': { server: mutual, client: trusting('root') },
  'client RSA 1024': client('leaf-rsa-1024', { differs: NO_KEY, isUnsettled: true }),
  'client RSA 2048': client('leaf-rsa-2048'),
  'client RSA 4096': client('leaf-rsa-4096'),
  'client RSA-PSS': client('leaf-rsa-pss', { differs: NO_KEY }),
  'client P-256': client('leaf-p-256'),
  'client P-384': client('leaf-p-384'),
  'client P-521': client('leaf-p-521', { differs: NO_KEY }),
  'client Ed25519': client('leaf-ed25519'),
  'client Ed448': client('leaf-ed448', { differs: NO_KEY }),
  'client version 1': client('leaf-version-1'),
  'client version 1, TLS 1.2': client('leaf-version-1', { with: { maxVersion: 'TLSv1.2' } }),
  'client with chain': client('leaf-by-middle', { with: { cert: cert('leaf-by-middle') + cert('middle') } }),
  'client PKCS #1': client('form-pkcs1'),
  'client PKCS #1, encrypted': client('form-pkcs1-encrypted', { with: { passphrase: PASSPHRASE } }),
  'client PKCS #1, encrypted with 3DES': client('form-pkcs1-encrypted-3des', { with: { passphrase: PASSPHRASE } }),
  'client PKCS #8, encrypted': client('form-pkcs8-encrypted', { with: { passphrase: PASSPHRASE } }),
  'client PKCS #8, scrypt': client('form-pkcs8-scrypt', { with: { passphrase: PASSPHRASE } }),
  'client SEC 1': client('form-sec1'),
  'client SEC 1 of P-384': client('form-p-384-sec1'),
  'client SEC 1, encrypted': client('form-sec1-encrypted', { with: { passphrase: PASSPHRASE } }),
  'client SEC 1 after EC PARAMETERS': client('form-sec1-parameters'),
  'client key without its passphrase': client('form-pkcs8-encrypted', { differs: 'ERR_MISSING_PASSPHRASE', isUnsettled: true }),
  'client key with a wrong passphrase': client('form-pkcs8-encrypted', { with: { passphrase: 'wrong' }, isUnsettled: true, differs: 'ERR_OSSL_BAD_DECRYPT' }),
  'client key of another certificate': client('leaf-p-256', { with: { key: key('leaf-p-384') }, isUnsettled: true, differs: 'ERR_OSSL_X509_KEY_VALUES_MISMATCH' }),
  'client key as an object': client('form-pkcs8-encrypted', { with: { key: [{ pem: key('form-pkcs8-encrypted'), passphrase: PASSPHRASE }] } }),
  'client key and certificate in one text': client('leaf-p-256', {
    with: { key: cert('leaf-p-256') + key('leaf-p-256'), cert: key('leaf-p-256') + cert('leaf-p-256') },
  }),
  'client text with bag attributes': client('leaf-p-256', {
    with: { key: `Bag Attributes\n    localKeyID: 01\nKey Attributes: <No Attributes>\n${key('leaf-p-256')}`, cert: `subject=/CN=x\n\n${cert('leaf-p-256')}` },
  }),
  'client text with byte order marks': client('leaf-p-256', { with: { key: `\ufeff${key('leaf-p-256')}`, cert: `\ufeff${cert('leaf-p-256')}` } }),
  'two client certificates': client('leaf-p-256', {
    with: { key: [key('leaf-rsa-2048'), key('leaf-p-256')], cert: [cert('leaf-rsa-2048'), cert('leaf-p-256')] },
  }),
};

/** All of them. */
export const TLS_CASES: Record<string, TlsCase> = { ...SERVERS, ...CHAINS, ...UNCHECKED, ...NAMES, ...VALUES, ...CLIENTS };
