/** A cluster that is reached by TLS. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import * as ours from '../../lib';
import { certificate, type CertificateName } from '../support/certificates';
import { onEachServer } from '../support/on-server';
import { until } from '../support/until';
import { type Client, clusterStage } from './scenarios/stage';
import type { ClusterNode } from './servers/cluster-node';
import { tagsOf } from './servers/migration';

const PASSWORD = 'secret';
/** A hash tag of each primary, in the order of their slots. */
const TAGS = tagsOf([100, 8000, 16_000]);

onEachServer((version) => describe(`a cluster by TLS (${version})`, () => {
  // Redis 7.0 announces the ports of TLS only if nodes talk to each other by TLS, too.
  const own = certificate('client');
  const between = ['--tls-cluster', 'yes', '--tls-replication', 'yes', '--tls-client-cert-file', own.certFile, '--tls-client-key-file', own.keyFile];
  const args = version === 'default' ? between : [];
  const stage = clusterStage({ version, replicas: 1, tls: true, password: PASSWORD, args });
  let primaries: ClusterNode[];
  before(async () => {
    primaries = await stage.cluster.primaries();
  });

  const { ca } = certificate('server');
  /** Only one root node has the authority and the password, and `defaults` say nothing. */
  const options = (): Partial<ours.RedisClusterOptions> => ({
    defaults: undefined as never,
    rootNodes: [{ url: `rediss://:${PASSWORD}@127.0.0.1:${primaries[0]?.tlsPort}`, socket: { tls: true, ca } }],
  });
  const addressOf = ({ tlsPort }: ClusterNode): string => `127.0.0.1:${tlsPort}`;
  const useEverywhere = async (client: Client): Promise<void> => {
    for (const tag of TAGS) {
      assert.equal(await client.set(`{${tag}}`, tag), 'OK');
      assert.equal(await client.get(`{${tag}}`), tag);
    }
    assert.deepEqual(await client.mGet(TAGS.map((tag) => `{${tag}}`)), TAGS);
    assert.deepEqual(await client.multi().set(`{${TAGS[1]}}`, 1).incr(`{${TAGS[1]}}`).exec(), ['OK', 2]);
    await client.del(TAGS.map((tag) => `{${tag}}`));
  };

  test('the nodes have TLS, authority and credentials of the root', async () => {
    const client = await stage.connected(options());
    assert.deepEqual(client.masters.map(({ address }) => address).sort(), primaries.map(addressOf).sort());
    await useEverywhere(client);
    for (const node of client.masters) assert.equal((await client.nodeClient(node)).options.socket?.tls, true);
    assert.deepEqual(client.errors, []);
  });

  test('so have replicas, subscriptions, and clients that are made of nodes', async () => {
    const client = await stage.connected({ ...options(), readFrom: 'preferReplica' });
    await client.set(`{${TAGS[0]}}`, 1);
    await until(async () => await client.get(`{${TAGS[0]}}`) === '1', 'a replica to have it');
    const heard: string[] = [];
    await client.subscribe('news', (message) => heard.push(message));
    await client.sSubscribe(`{${TAGS[2]}}`, (message) => heard.push(message));
    await client.publish('news', 'one');
    await client.sPublish(`{${TAGS[2]}}`, 'two');
    await until(() => heard.length === 2, 'messages');
    const own = (await client.getNodeClientForKey(`{${TAGS[0]}}`)).duplicate();
    await own.on('error', () => undefined).connect();
    assert.equal(await own.get(`{${TAGS[0]}}`), '1');
    own.destroy();
    await client.del(`{${TAGS[0]}}`);
  });

  test('a failover costs no error', async () => {
    const client = await stage.connected(options());
    await useEverywhere(client);
    const { node } = await stage.cluster.failOver(primaries[1] as ClusterNode);
    await useEverywhere(client);
    await until(() => client.masters.some(({ address }) => address === addressOf(node)), 'the new primary to be known');
    assert.deepEqual(client.errors, []);
    primaries = await stage.cluster.primaries();
  });

  test('connect() without the authority rejects with the reason', async () => {
    const { rootNodes: [root] } = options() as ours.RedisClusterOptions;
    const client = stage.client({ ...options(), rootNodes: [{ url: (root as { url: string }).url }] });
    const error = await client.connect().then(() => assert.fail('it connected'), (reason: Error) => reason);
    assert.ok(error instanceof ours.RootNodesUnavailableError);
    assert.match(error.message, /certificate/);
  });

  describe('one node has a certificate that is refused', () => {
    let bad: ClusterNode;
    const use = async (name: CertificateName): Promise<void> => {
      const { certFile, keyFile } = certificate(name);
      await bad.call('CONFIG', 'SET', 'tls-cert-file', certFile, 'tls-key-file', keyFile);
    };
    before(() => {
      bad = primaries[2] as ClusterNode;
    });

    test('the others serve; its commands fail with the reason, and run once it is accepted', async () => {
      await use('untrusted');
      try {
        const told: [Error & { code?: string }, { host: string; port: number }][] = [];
        const client = stage.client(options());
        client.on('node-error', (error: Error, node: { host: string; port: number }) => told.push([error, node]));
        await client.connect();
        assert.equal(told[0]?.[1].port, bad.tlsPort);
        assert.match(String(told[0]?.[0].code), /CERT|VERIFY|UNABLE/);
        assert.equal(await client.set(`{${TAGS[0]}}`, 1), 'OK');
        assert.equal(await client.set(`{${TAGS[1]}}`, 1), 'OK');
        const error = await client.withCommandOptions({ timeout: 300 }).get(`{${TAGS[2]}}`)
          .then(() => assert.fail('it was served'), (reason: Error) => reason);
        assert.ok(error instanceof ours.TimeoutError, String(error));
        assert.equal(error.node, addressOf(bad));
        assert.match(error.message, new RegExp(`^GET waited 300 ms to be written: the node ${addressOf(bad)} is not connected \\(last error: `));
        assert.equal((error.cause as { code?: string }).code, told[0]?.[0].code);
        const waiting = client.withCommandOptions({ timeout: 30_000 }).set(`{${TAGS[2]}}`, 1);
        await use('server');
        assert.equal(await waiting, 'OK');
        await client.del(TAGS.map((tag) => `{${tag}}`));
      } finally {
        await use('server');
      }
    });
  });
}));
