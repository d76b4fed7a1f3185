/** Refuses options that are not supported, as ignoring them silently could be dangerous. */

/** For each field, what to use instead and which values are refused. */
export type Refusals = Readonly<Record<string, readonly [instead: string, refuses: (value: unknown) => boolean]>>;

/**
 * @param socket `options.socket`
 * @throws TypeError with code `OXREDIS_UNSUPPORTED_OPTION` for the first field whose value is refused
 */
export function refuseFields(socket: object, refusals: Refusals): void {
  for (const [field, [instead, refuses]] of Object.entries(refusals)) {
    const value = (socket as Record<string, unknown>)[field];
    if (value !== undefined && value !== null && refuses(value)) throw unsupported(`socket.${field}`, instead);
  }
}

/** Returns the error for an option with an invalid value. It names only the type of the value, which may be a secret. */
export function invalid(option: string, rule: string, value: unknown): TypeError {
  return Object.assign(new TypeError(`${option} must be ${rule}, got ${kindOf(value)}`), { code: 'OXREDIS_INVALID_OPTION' });
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'number' ? `the number ${value}` : `a value of type ${typeof value}`;
}

/** Returns the error for an option that is not supported. */
export function unsupported(option: string, instead: string): TypeError {
  return Object.assign(new TypeError(`${option} is not supported: ${instead}`), { code: 'OXREDIS_UNSUPPORTED_OPTION' });
}
