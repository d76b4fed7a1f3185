/** Converts the TCP and Unix socket fields of `options.socket` for the engine. */
import { isIP } from 'node:net';
import type { LookupAddress, LookupOptions } from 'node:dns';
import { optionError } from '../../errors';
import { LONGEST_TIMER } from '../../timers';
import type { LinkOptions } from '../../wire/link-types';
import { refuseFields, type Refusals } from './refused-options';
import type { RedisSocketOptions } from './option-types';

/** The fields of {@link LinkOptions} that come from the TCP and Unix socket fields. */
export type SocketPart = Pick<
  LinkOptions,
  | 'host' | 'port' | 'path' | 'family' | 'localAddress' | 'localPort' | 'noDelay' | 'keepAliveInitialDelay'
  | 'tcpUserTimeout' | 'connectTimeout' | 'socketTimeout' | 'transport' | 'busyPoll' | 'lookup'
>;

const DEFAULT_PORT = 6379;
const CONNECT_TIMEOUT = 5000; // ms
const KEEP_ALIVE_DELAY = 30_000; // ms
const TCP_USER_TIMEOUT = 30_000; // ms

/** Fields of `net.connect` that are not supported. Fields that npm `redis` overwrites itself are accepted. */
const REFUSED: Refusals = {
  socket: ['an open socket cannot be taken over: use host and port, or path', any],
  fd: ['an open descriptor cannot be taken over: use host and port, or path', any],
  signal: ['use connectTimeout, or client.destroy()', any],
  hints: ['use family, or lookup', (value) => value !== 0],
  allowHalfOpen: ['a half-open connection is of no use to a client', (value) => value === true],
  autoSelectFamily: ['all addresses of a host are tried: use family 4 or 6 to restrict them', (value) => value === false],
  autoSelectFamilyAttemptTimeout: ['use connectTimeout', any],
  blockList: ['use lookup to choose addresses', any],
};

function any(): boolean {
  return true;
}

/** Refuses unsupported fields. @throws TypeError that names the field and what to use instead */
export function checkSocketFields(socket: RedisSocketOptions): void {
  refuseFields(socket, REFUSED);
  const { tls, transport, lookup } = socket;
  if (tls !== undefined && tls !== null && typeof tls !== 'boolean') {
    throw optionError('socket.tls must be true or false; the fields of TLS stand beside it, in socket');
  }
  if (transport !== undefined && transport !== 'uv' && transport !== 'pump') {
    throw optionError(`socket.transport must be 'uv' or 'pump', got ${String(transport)}`);
  }
  if (lookup !== undefined && typeof lookup !== 'function') throw optionError('socket.lookup must be a function');
}

/**
 * @throws RangeError for a port out of range, TypeError for other invalid values
 */
export function socketPart(socket: RedisSocketOptions): SocketPart {
  const keepAlive = socket.keepAlive ?? true;
  return {
    host: socket.host || 'localhost',
    port: portOf(socket.port),
    path: socket.path || undefined,
    family: familyOf(socket.family),
    localAddress: addressOf(socket.localAddress),
    localPort: socket.localPort,
    noDelay: socket.noDelay ?? true,
    keepAliveInitialDelay: keepAlive ? msOf(socket.keepAliveInitialDelay ?? KEEP_ALIVE_DELAY, 'keepAliveInitialDelay') : undefined,
    tcpUserTimeout: msOf(socket.tcpUserTimeout ?? TCP_USER_TIMEOUT, 'tcpUserTimeout') || undefined,
    connectTimeout: msOf(socket.connectTimeout ?? CONNECT_TIMEOUT, 'connectTimeout'),
    socketTimeout: msOf(socket.socketTimeout ?? 0, 'socketTimeout') || undefined,
    transport: socket.transport,
    busyPoll: msOf(socket.busyPoll ?? 0, 'busyPoll') || undefined,
    lookup: socket.path ? undefined : lookupHandler(socket),
  };
}

/** Wraps the user's `lookup` (as in `node:dns`) in a function that resolves to all addresses. */
function lookupHandler(socket: RedisSocketOptions): LinkOptions['lookup'] {
  const lookup = socket.lookup as Lookup | undefined;
  if (typeof lookup !== 'function') return undefined;
  const options: LookupOptions = { family: familyOf(socket.family), all: true };
  return (host) =>
    new Promise((resolve, reject) => {
      lookup(host, options, (error, address, family) => {
        if (error) reject(error);
        else if (Array.isArray(address)) resolve(address);
        else resolve([{ address, family: family ?? isIP(address) }]);
      });
    });
}

type Lookup = (
  host: string,
  options: LookupOptions,
  callback: (error: Error | null, address: string | LookupAddress[], family?: number) => void,
) => void;

function portOf(port: number | string | undefined): number {
  if (port === undefined || port === null) return DEFAULT_PORT;
  const number = typeof port === 'string' && port.trim() !== '' ? Number(port) : port;
  if (typeof number === 'number' && Number.isInteger(number) && number >= 0 && number <= 65_535) return number;
  const error = new RangeError(`Port should be >= 0 and < 65536. Received ${String(port)}.`);
  throw Object.assign(error, { code: 'ERR_SOCKET_BAD_PORT' });
}

function familyOf(family: number | string | undefined): 0 | 4 | 6 {
  switch (family ?? 0) {
    case 0:
      return 0;
    case 4:
    case 'IPv4':
      return 4;
    case 6:
    case 'IPv6':
      return 6;
    default:
      throw optionError(`socket.family must be 0, 4 or 6, got ${String(family)}`);
  }
}

function addressOf(address: string | undefined): string | undefined {
  if (address === undefined || address === null) return undefined;
  if (typeof address === 'string' && isIP(address) !== 0) return address;
  throw optionError(`socket.localAddress must be an IP address, got ${String(address)}`);
}

function msOf(value: number, field: string): number {
  if (typeof value === 'number' && value >= 0) return Math.min(value, LONGEST_TIMER);
  throw optionError(`socket.${field} must be a number that is not negative, got ${String(value)}`);
}
