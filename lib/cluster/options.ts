/** Checks and completes the options of a cluster. What the user passed is never changed. */
import type { PooledClientSideCacheProvider } from '../cache';
import { withDefaultModules } from '../commands/modules';
import { connectionSettings, type ConnectionSettings } from '../client/connection/link-options';
import type { CachedExecution } from '../client/cache/cached-execution';
import { CredentialSource } from '../client/options/credentials';
import { checkKinds } from '../client/options/option-kinds';
import { completeOptions, copyOptions, givenOptions } from '../client/options/options';
import type { AnyRedisClientOptions, RedisSocketOptions } from '../client/options/option-types';
import { invalid } from '../client/options/refused-options';
import { parseUrl } from '../client/options/url';
import { optionError } from '../errors';
import type { Credentials } from '../wire/link-types';
import { READ_FROM, type ReadFromFunction, type ReadFromName } from '../wire/read-from';
import type { AnyRedisClusterOptions, NodeAddress } from './types';

const MOST_REDIRECTIONS = 16;
const REFRESH_INTERVAL = 60_000; // ms
const REFRESH_AFTER = 5000; // ms of reconnecting

/** Options of a cluster after {@link checkedOptions}. */
export interface CheckedClusterOptions {
  readonly roots: readonly AnyRedisClientOptions[];
  /** Options of the clients of nodes, but for host and port. */
  readonly node: AnyRedisClientOptions;
  readonly mostRedirections: number;
  /** The nodes that the engine chooses for reads. */
  readonly readFrom: ReadFromName;
  /** Chooses the node of each read, in place of the engine. */
  readonly chooseNode: ReadFromFunction | undefined;
  readonly availabilityZone: string | undefined;
  readonly isLazy: boolean;
  readonly refreshInterval: number;
  /** Returns for how long a node may try to reconnect until the topology is read again; `undefined` for ever. */
  refreshAfter(firstAttempt: number): number | undefined;
  /** Returns the address to connect to; `undefined` for the announced one. */
  readonly mapAddress: ((address: string) => NodeAddress | undefined) | undefined;
}

/** @throws TypeError for an invalid option */
export function checkedOptions(options: AnyRedisClusterOptions, cache: PooledClientSideCacheProvider | undefined): CheckedClusterOptions {
  checkKinds(options.defaults, 'defaults');
  const roots = rootsOf(options);
  const node = { ...nodeOptions(options, roots), clientSideCache: cache };
  // Contradictions show here, rather than with the first node.
  completeOptions({ ...node, socket: { ...node.socket } });
  const { minimizeConnections, maxCommandRedirections } = options;
  const availabilityZone: unknown = options.availabilityZone ?? undefined;
  if (availabilityZone !== undefined && typeof availabilityZone !== 'string') throw invalid('availabilityZone', 'a string', availabilityZone);
  const [readFrom, chooseNode] = readFromOf(options);
  return {
    roots,
    node,
    mostRedirections: numberOf('maxCommandRedirections', maxCommandRedirections, MOST_REDIRECTIONS),
    readFrom,
    chooseNode,
    availabilityZone,
    isLazy: Boolean(minimizeConnections),
    refreshInterval: numberOf('topologyRefreshInterval', options.topologyRefreshInterval === false ? 0 : options.topologyRefreshInterval, REFRESH_INTERVAL),
    refreshAfter: refreshAfterOf(options.topologyRefreshOnReconnectionAttemptStrategy),
    mapAddress: addressMapOf(options.nodeAddressMap),
  };
}

function numberOf(name: string, given: number | undefined, fallback: number): number {
  const value = given ?? fallback;
  if (typeof value === 'number' && value >= 0) return Math.min(value, 0x7fff_ffff);
  throw invalid(name, 'a number that is not negative', value);
}

/** The options of the root clients: they are asked for the topology and closed. */
function rootsOf({ rootNodes, defaults, RESP }: AnyRedisClusterOptions): AnyRedisClientOptions[] {
  // An empty one is told by `connect()`, as it may be the result of a look-up.
  if (!Array.isArray(rootNodes)) throw optionError('rootNodes must be an array of client options: some of the nodes of the cluster');
  return rootNodes.map((root, index) => {
    const own = merged(withoutUrl(defaults as AnyRedisClientOptions | undefined), withoutUrl(givenOptions(root, `rootNodes[${index}]`)));
    return {
      ...own,
      RESP,
      socket: { ...own.socket, reconnectStrategy: false, reconnectionStrategy: undefined },
      commandOptions: undefined,
      clientSideCache: undefined,
      emitInvalidate: undefined,
      maintNotifications: 'disabled',
      pingInterval: undefined,
    };
  });
}

/** Returns a copy whose URL was taken apart. */
function withoutUrl(options: AnyRedisClientOptions | undefined): AnyRedisClientOptions {
  const copy = copyOptions(options ?? {});
  if (!copy.url) return copy;
  const parsed = parseUrl(copy.url);
  const tls = copy.socket?.tls;
  if (tls !== undefined && tls !== parsed.socket.tls) throw optionError('socket.tls contradicts the protocol of the URL of a root node or of defaults');
  return { ...copy, ...parsed, url: undefined, socket: { ...copy.socket, ...parsed.socket } };
}

function merged(base: AnyRedisClientOptions, over: AnyRedisClientOptions): AnyRedisClientOptions {
  const given = Object.fromEntries(Object.entries(over).filter(([, value]) => value !== undefined));
  return { ...base, ...given, socket: { ...base.socket, ...over.socket } };
}

/** The options of the clients of nodes: prefix and command options are the cluster's own. Where `defaults` says nothing, credentials and TLS are those of the first root that has them. */
function nodeOptions(options: AnyRedisClusterOptions, roots: readonly AnyRedisClientOptions[]): AnyRedisClientOptions {
  const { RESP, modules, functions, scripts, defaults: given, inheritFromRoots = true } = options;
  const defaults = withoutUrl(given as AnyRedisClientOptions | undefined);
  const own: AnyRedisClientOptions = inheritFromRoots ? { ...credentialsOf(roots, defaults), ...defaults } : { ...defaults };
  const socket: RedisSocketOptions = { ...(inheritFromRoots ? tlsOf(roots, defaults.socket) : undefined), ...defaults.socket };
  delete socket.host;
  delete socket.port;
  delete socket.path;
  return {
    ...own, RESP, modules: withDefaultModules(modules), functions, scripts, socket,
    maintNotifications: own.maintNotifications ?? 'disabled',
  };
}

function credentialsOf(roots: readonly AnyRedisClientOptions[], defaults: AnyRedisClientOptions): AnyRedisClientOptions {
  const hasOwn = (options: AnyRedisClientOptions): boolean =>
    [options.username, options.password, options.credentialsProvider].some((value) => value !== undefined && value !== null);
  if (hasOwn(defaults)) return {};
  const root = roots.find(hasOwn);
  if (root === undefined) return {};
  const { username, password, credentialsProvider } = root;
  return { username, password, credentialsProvider };
}

function tlsOf(roots: readonly AnyRedisClientOptions[], defaults: RedisSocketOptions | undefined): RedisSocketOptions | undefined {
  if (defaults?.tls !== undefined) return undefined;
  const root = roots.find(({ socket }) => socket?.tls === true)?.socket;
  if (root === undefined) return undefined;
  const { reconnectStrategy: _, reconnectionStrategy: __, ...socket } = root;
  return socket;
}

function readFromOf({ readFrom, useReplicas }: AnyRedisClusterOptions): [ReadFromName, ReadFromFunction | undefined] {
  if (readFrom === undefined || readFrom === null) return [useReplicas ? 'any' : 'primary', undefined];
  if (typeof readFrom === 'function') return ['primary', readFrom];
  checkReadFrom(readFrom);
  return [readFrom, undefined];
}

/** @throws TypeError for anything but a name or a function */
export function checkReadFrom(readFrom: unknown): void {
  if (typeof readFrom === 'function' || (typeof readFrom === 'string' && Object.hasOwn(READ_FROM, readFrom))) return;
  const names = Object.keys(READ_FROM).map((name) => `'${name}'`).join(', ');
  throw optionError(`readFrom must be one of ${names}, or a function, got ${typeof readFrom === 'string' ? `'${readFrom}'` : typeof readFrom}`);
}

function refreshAfterOf(strategy: AnyRedisClusterOptions['topologyRefreshOnReconnectionAttemptStrategy']): CheckedClusterOptions['refreshAfter'] {
  if (typeof strategy === 'function') return (firstAttempt) => refreshDelay(strategy(firstAttempt));
  const delay = refreshDelay(strategy === undefined || strategy === null ? REFRESH_AFTER : strategy);
  return () => delay;
}

/** @throws TypeError */
function refreshDelay(value: unknown): number | undefined {
  if (value === undefined || value === null || value === false || value === 0) return undefined;
  if (typeof value === 'number' && value > 0) return value;
  throw invalid('topologyRefreshOnReconnectionAttemptStrategy', 'false, a number of ms, or a function that returns one', value);
}

function addressMapOf(map: AnyRedisClusterOptions['nodeAddressMap']): CheckedClusterOptions['mapAddress'] {
  if (map === undefined || map === null) return undefined;
  if (typeof map === 'function') return map;
  if (typeof map !== 'object') throw invalid('nodeAddressMap', 'an object or a function', map);
  return (address) => (Object.hasOwn(map, address) ? map[address] : undefined);
}

/** The settings of the links of all nodes, and the credentials if they are fixed. */
export function nodeTemplate(options: CheckedClusterOptions, cache: CachedExecution | undefined): [ConnectionSettings, Credentials | undefined] {
  const node = copyOptions(options.node);
  node.socket = { ...node.socket };
  const settings = connectionSettings(node, cache);
  const source = new CredentialSource(() => node.credentialsProvider, () => undefined);
  return [settings, source.known()];
}
