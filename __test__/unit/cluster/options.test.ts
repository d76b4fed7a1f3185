/** The options of a cluster: what they become, and what is refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkedOptions } from '../../../lib/cluster/options';
import type { AnyRedisClusterOptions } from '../../../lib/cluster/types';

const checked = (options: Partial<AnyRedisClusterOptions>) => checkedOptions({ rootNodes: [{ url: 'redis://one:7000' }], ...options }, undefined);

test('defaults', () => {
  const { roots, mostRedirections, readFrom, chooseNode, isLazy, refreshInterval, mapAddress } = checked({});
  assert.deepEqual(
    { mostRedirections, readFrom, chooseNode, isLazy, refreshInterval, mapAddress },
    { mostRedirections: 16, readFrom: 'primary', chooseNode: undefined, isLazy: false, refreshInterval: 60_000, mapAddress: undefined },
  );
  assert.equal(roots[0]?.socket?.host, 'one');
  assert.equal(roots[0]?.socket?.port, 7000);
  assert.equal(roots[0]?.socket?.reconnectStrategy, false);
});

test('what the user passed is not changed', () => {
  const socket = Object.freeze({ host: 'one', port: 7000 });
  const root = Object.freeze({ socket, username: 'user' });
  const defaults = Object.freeze({ password: 'secret', socket: Object.freeze({ connectTimeout: 5 }) });
  const options = Object.freeze({ rootNodes: Object.freeze([root]) as never, defaults });
  checkedOptions(options, undefined);
  assert.deepEqual(root, { socket: { host: 'one', port: 7000 }, username: 'user' });
});

test('nodes get credentials and TLS of a root where defaults say nothing', () => {
  const rootNodes = [{ url: 'redis://plain:7000' }, { url: 'rediss://user:secret@one:7000', socket: { tls: true, ca: 'certificate' } as const }];
  const { node } = checked({ rootNodes });
  assert.equal(node.username, 'user');
  assert.equal(node.password, 'secret');
  assert.equal(node.socket?.tls, true);
  assert.equal(node.socket?.ca, 'certificate');
  assert.equal(node.socket?.host, undefined, 'the host is that of each node');
  const switchedOff = checked({ rootNodes, inheritFromRoots: false }).node;
  assert.deepEqual([switchedOff.username, switchedOff.password, switchedOff.socket?.tls], [undefined, undefined, undefined]);
  const own = checked({ rootNodes, defaults: { password: 'other', socket: { tls: false } } }).node;
  assert.deepEqual([own.username, own.password, own.socket?.tls], [undefined, 'other', false]);
});

test('a URL in defaults gives credentials and TLS, no address', () => {
  const { node, roots } = checked({ defaults: { url: 'rediss://user:secret@elsewhere:1', socket: { connectTimeout: 7 } } });
  assert.deepEqual([node.username, node.password, node.socket?.tls, node.socket?.host], ['user', 'secret', true, undefined]);
  assert.equal(node.socket?.connectTimeout, 7);
  assert.equal(roots[0]?.socket?.host, 'one');
});

test('read routing', () => {
  assert.equal(checked({ useReplicas: true }).readFrom, 'any');
  assert.equal(checked({ useReplicas: true, readFrom: 'preferReplica' }).readFrom, 'preferReplica');
  const choose = (): number => 0;
  assert.deepEqual([checked({ readFrom: choose }).readFrom, checked({ readFrom: choose }).chooseNode], ['primary', choose]);
});

test('addresses are mapped by an object or a function', () => {
  const byObject = checked({ nodeAddressMap: { 'a:1': { host: 'b', port: 2 } } }).mapAddress;
  assert.deepEqual(byObject?.('a:1'), { host: 'b', port: 2 });
  assert.equal(byObject?.('toString'), undefined);
  const byFunction = checked({ nodeAddressMap: (address) => ({ host: address, port: 3 }) }).mapAddress;
  assert.deepEqual(byFunction?.('x:1'), { host: 'x:1', port: 3 });
});

test('the refresh after long reconnecting', () => {
  assert.equal(checked({}).refreshAfter(0), 5000);
  for (const off of [false, 0] as const) assert.equal(checked({ topologyRefreshOnReconnectionAttemptStrategy: off }).refreshAfter(0), undefined);
  assert.equal(checked({ topologyRefreshOnReconnectionAttemptStrategy: (first) => first + 1 }).refreshAfter(41), 42);
  const broken = checked({ topologyRefreshOnReconnectionAttemptStrategy: (() => 'soon') as never });
  assert.throws(() => broken.refreshAfter(0), { name: 'TypeError', code: 'OXREDIS_INVALID_OPTION' });
});

test('invalid options are refused', () => {
  const wrong: Partial<Record<keyof AnyRedisClusterOptions, unknown>>[] = [
    { rootNodes: undefined }, { rootNodes: {} }, { maxCommandRedirections: -1 }, { maxCommandRedirections: '3' },
    { topologyRefreshInterval: -1 }, { topologyRefreshInterval: NaN }, { readFrom: 'replica' }, { readFrom: 5 }, { nodeAddressMap: 'a' },
    { topologyRefreshOnReconnectionAttemptStrategy: -5 }, { topologyRefreshOnReconnectionAttemptStrategy: 'x' },
    { rootNodes: [{ url: 'rediss://one', socket: { tls: false } }] },
  ];
  for (const options of wrong) {
    assert.throws(() => checked(options as Partial<AnyRedisClusterOptions>), (error: Error & { code?: string }) => {
      assert(error instanceof TypeError, String(error));
      assert.equal(error.code, 'OXREDIS_INVALID_OPTION');
      return true;
    }, JSON.stringify(options));
  }
});

test('an availability zone is a string', () => {
  assert.equal(checked({ availabilityZone: 'a' }).availabilityZone, 'a');
  assert.throws(() => checked({ availabilityZone: 5 as never }), { name: 'TypeError', message: /availabilityZone must be a string/ });
});
