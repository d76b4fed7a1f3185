/** The options of maintenance notifications, and the settings of links that follow from them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient, createCluster, type AnyRedisClientOptions } from '../../../lib';
import { nodeTemplate, checkedOptions } from '../../../lib/cluster/options';
import { connectionSettings, linkOptions } from '../../../lib/client/connection/link-options';
import { nativeLinkOptions } from '../../../lib/wire/native-options';

const asked = (options: AnyRedisClientOptions): unknown => linkOptions(createClient(options).options).maintNotifications;
const AUTO = { endpointType: 'auto', required: false };

test('a client asks where the configuration names the host, as in npm redis', () => {
  assert.deepEqual(asked({ url: 'redis://h' }), AUTO);
  assert.deepEqual(asked({ socket: { host: 'h' } }), AUTO);
  assert.equal(asked({}), undefined);
  assert.equal(asked({ socket: { port: 7 } }), undefined);
  assert.equal(asked({ socket: { path: '/tmp/x' } }), undefined);
  assert.equal(asked({ url: 'unix:///tmp/x' }), undefined);
  assert.equal(asked({ url: 'redis://h', RESP: 2 }), undefined);
  assert.equal(asked({ url: 'redis://h', maintNotifications: 'disabled' }), undefined);
  assert.equal(asked({ url: 'redis://h', maintPushNotifications: 'disabled' }), undefined);
});

test('notifications that are demanded are asked for everywhere but at a UNIX socket, which cannot be handed over', async () => {
  const required = { endpointType: 'auto', required: true };
  assert.deepEqual(asked({ maintNotifications: 'enabled', socket: { port: 7 } }), required);
  assert.deepEqual(asked({ maintPushNotifications: 'enabled' }), required);
  assert.deepEqual(asked({ maintNotifications: 'enabled', maintEndpointType: 'none' }), { ...required, endpointType: 'none' });
  await assert.rejects(createClient({ socket: { path: '/tmp/x' }, maintNotifications: 'enabled' }).connect(), {
    name: 'TypeError', code: 'OXREDIS_UNSUPPORTED_OPTION', message: /'enabled' with a UNIX socket is not supported/,
  });
});

test('the name of npm redis takes precedence over that of the guide, and defaults are shown', () => {
  const { maintNotifications, maintEndpointType, maintRelaxedCommandTimeout, maintRelaxedSocketTimeout } =
    createClient({ maintNotifications: 'disabled', maintPushNotifications: 'enabled' }).options;
  assert.deepEqual(
    [maintNotifications, maintEndpointType, maintRelaxedCommandTimeout, maintRelaxedSocketTimeout], ['disabled', 'auto', 10_000, 10_000],
  );
  assert.equal(createClient({ maintPushNotifications: 'enabled' }).options.maintNotifications, 'enabled');
  assert.equal(createClient({ RESP: 2 }).options.maintNotifications, 'disabled');
  assert.equal(createClient({ maintNotifications: null as never, maintEndpointType: null as never }).options.maintNotifications, 'auto');
});

const REFUSED: [options: object, expected: object][] = [
  [{ RESP: 2, maintNotifications: 'auto' }, { name: 'Error', message: 'Graceful Maintenance is only supported with RESP3' }],
  [{ RESP: 2, maintNotifications: 'enabled' }, { name: 'Error', message: 'Graceful Maintenance is only supported with RESP3' }],
  [{ RESP: 2, maintPushNotifications: 'enabled' }, { name: 'Error', message: 'Graceful Maintenance is only supported with RESP3' }],
  [{ maintNotifications: 'on' }, { code: 'OXREDIS_INVALID_OPTION', message: /^maintNotifications must be one of 'disabled', 'auto', 'enabled'/ }],
  [{ maintPushNotifications: true }, { code: 'OXREDIS_INVALID_OPTION', message: /^maintPushNotifications must be one of/ }],
  [{ maintEndpointType: 'external' }, { code: 'OXREDIS_INVALID_OPTION', message: /^maintEndpointType must be one of 'auto', 'internal-ip'/ }],
  [{ maintRelaxedCommandTimeout: -1 }, { code: 'OXREDIS_INVALID_OPTION', message: /^maintRelaxedCommandTimeout must be a number/ }],
  [{ maintRelaxedSocketTimeout: '5' }, { code: 'OXREDIS_INVALID_OPTION', message: /^maintRelaxedSocketTimeout must be a number/ }],
  [{ maintRelaxedSocketTimeout: NaN }, { code: 'OXREDIS_INVALID_OPTION' }],
];

for (const [options, expected] of REFUSED) {
  test(`refused: ${JSON.stringify(options)}`, () => {
    assert.throws(() => createClient(options), expected);
    const { RESP, ...defaults } = options as AnyRedisClientOptions;
    assert.throws(() => createCluster({ rootNodes: [{}], RESP, defaults }), expected);
  });
}

test('RESP2 goes with what asks for nothing', () => {
  createClient({ RESP: 2, maintNotifications: 'disabled' });
  createClient({ RESP: 2, maintEndpointType: 'none' });
  createCluster({ RESP: 2, rootNodes: [{}] });
});

test('what the addon is given', () => {
  const native = (options: AnyRedisClientOptions): unknown[] => {
    const { maintEndpointType, maintRequired, maintRelaxedCommandTimeout, maintRelaxedSocketTimeout } =
      nativeLinkOptions(connectionSettings(createClient(options).options).link, undefined);
    return [maintEndpointType, maintRequired, maintRelaxedCommandTimeout, maintRelaxedSocketTimeout];
  };
  assert.deepEqual(native({}), [undefined, false, 10_000, 10_000]);
  assert.deepEqual(native({ url: 'redis://h' }), ['auto', false, 10_000, 10_000]);
  assert.deepEqual(
    native({ maintNotifications: 'enabled', maintEndpointType: 'internal-fqdn', maintRelaxedCommandTimeout: 0, maintRelaxedSocketTimeout: 5.5 }),
    ['internal-fqdn', true, 0x7fff_ffff, 6],
  );
  assert.deepEqual(native({ maintRelaxedCommandTimeout: Infinity }), [undefined, false, 0x7fff_ffff, 10_000]);
});

test('nodes of a cluster ask as npm redis does, its root nodes do not', () => {
  const cluster = (defaults?: AnyRedisClientOptions, RESP?: 2 | 3): ReturnType<typeof checkedOptions> =>
    checkedOptions({ rootNodes: [{ url: 'redis://h', maintPushNotifications: 'enabled' }], defaults, RESP }, undefined);
  const ofNodes = (defaults?: AnyRedisClientOptions, RESP?: 2 | 3): unknown => nodeTemplate(cluster(defaults, RESP), undefined)[0].link.maintNotifications;
  assert.deepEqual(ofNodes(), AUTO);
  assert.deepEqual(ofNodes({ maintNotifications: 'enabled' }), { endpointType: 'auto', required: true });
  assert.equal(ofNodes({ maintNotifications: 'disabled' }), undefined);
  assert.equal(ofNodes({}, 2), undefined);
  const [root] = cluster().roots;
  assert.equal(connectionSettings({ ...root }).link.maintNotifications, undefined);
});
