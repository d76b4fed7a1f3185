import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from './paths';

const FOLDER = join(REPOSITORY, '__test__', 'support', 'certificates');

/** The password of `client-encrypted` (PKCS#8) and `client-rsa-encrypted` (traditional PEM). */
export const PASSPHRASE = 'correct horse';

/**
 * The certificates that tests use; tools/make-certificates.mjs made them.
 * `server`, `server-rsa`: localhost, 127.0.0.1, ::1, signed by `ca` · `expired`: the same, over since 2020 ·
 * `other-host`: for other.example · `untrusted`: localhost, signed by `other-ca` · `self-signed`: localhost ·
 * `client`, `client-rsa`: for mutual TLS; `…-encrypted`: the same with an encrypted key.
 */
export type CertificateName =
  | 'server'
  | 'server-rsa'
  | 'expired'
  | 'other-host'
  | 'untrusted'
  | 'self-signed'
  | 'client'
  | 'client-rsa'
  | 'client-encrypted'
  | 'client-rsa-encrypted';

/** A certificate, its key and the authority that clients should trust, as files and as PEM. */
export interface Certificate {
  certFile: string;
  keyFile: string;
  caFile: string;
  cert: string;
  key: string;
  ca: string;
}

/** Reads a certificate; `ca` is always the authority that signed `server` (but for `self-signed`: itself). */
export function certificate(name: CertificateName): Certificate {
  const certFile = join(FOLDER, `${name.replace('-encrypted', '')}.crt`);
  const keyFile = join(FOLDER, `${name}.key`);
  const caFile = name === 'self-signed' ? certFile : join(FOLDER, 'ca.crt');
  if (!existsSync(keyFile)) throw new Error(`there is no test certificate ${name}`);
  const read = (file: string): string => readFileSync(file, 'utf8');
  return { certFile, keyFile, caFile, cert: read(certFile), key: read(keyFile), ca: read(caFile) };
}
