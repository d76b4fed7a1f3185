/** Reads the redirections with which servers answer: `MOVED 1 127.0.0.1:7000`, `ASK 1 [::1]:7000`. */

/** An address that a server has told. */
export interface RedirectedAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * Returns the address that a redirection names; `undefined` if it names none.
 *
 * @param error the server's error
 * @param from `host:port` of the node that answered: a redirection without a host means its host
 */
export function redirectedAddress({ message }: Error, from: string | undefined): RedirectedAddress | undefined {
  const named = hostAndPort(message.split(' ')[2] ?? '');
  if (named === undefined) return undefined;
  const host = named.host === '' || named.host === '?' ? from && hostOf(from) : named.host;
  return host === undefined || host === '' ? undefined : { host, port: named.port };
}

/** The host may be an IPv6 address, with or without brackets, so that the port follows the last colon. */
function hostAndPort(address: string): RedirectedAddress | undefined {
  const colon = address.lastIndexOf(':');
  const text = address.slice(colon + 1);
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (colon < 0 || port < 1 || port > 65_535) return undefined;
  return { host: hostOf(address), port };
}

function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(':')).replace(/^\[|\]$/g, '');
}
