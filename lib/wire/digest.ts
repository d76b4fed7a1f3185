/** The digest that the server uses to compare values. */
import { loadNative } from './addon';
import { argumentTypeError, kindOf } from './argument-error';
import { byteLengthOf, goneError } from './bytes';
import { isUint8Array } from './realms';

/**
 * Computes the digest that `client.digest(key)` returns for a stored value, for conditions such as `set(key, value, {condition: 'IFDEQ'})`.
 * It needs no further package.
 *
 * @param value text (as UTF-8) or bytes
 * @returns XXH3-64 as 16 lower-case hexadecimal characters
 * @throws (rejects) TypeError for any other type
 * @see https://redis.io/docs/latest/commands/digest/
 */
export async function digest(value: string | Buffer | Uint8Array): Promise<string> {
  if (typeof value === 'string') return loadNative().digest(Buffer.from(value));
  if (!isUint8Array(value)) throw argumentTypeError(`"value" must be of type "string | Buffer", got ${kindOf(value)} instead.`);
  if (byteLengthOf(value) < 0) throw goneError('"value"', value);
  return loadNative().digest(value);
}
