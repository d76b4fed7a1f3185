/** One node of a cluster has another password. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { ErrorReply, TimeoutError } from '../../lib';
import { onEachServer } from '../support/on-server';
import { until } from '../support/until';
import { clusterStage } from './scenarios/stage';
import type { ClusterNode } from './servers/cluster-node';
import { tagsOf } from './servers/migration';

const TAGS = tagsOf([100, 8000, 16_000]);
type Failure = Error & { node?: string; cause?: unknown };

onEachServer((version) => describe(`a wrong password on one node (${version})`, () => {
  const stage = clusterStage({ version, replicas: 0, password: 'right' });
  let bad: ClusterNode;
  const use = (password: string): Promise<unknown> => bad.call('CONFIG', 'SET', 'requirepass', password);
  before(async () => {
    bad = (await stage.cluster.primaries())[2] as ClusterNode;
  });
  const failureOf = (promise: Promise<unknown>): Promise<Failure> => promise.then(() => assert.fail('it was served'), (error: Failure) => error);

  test('connect() resolves, the other nodes serve, and errors name the node and say why', async () => {
    await use('other');
    const client = stage.client({ rootNodes: (await stage.cluster.primaries()).slice(0, 2).map(({ url }) => ({ url })) });
    const told: [Error, { port: number }][] = [];
    client.on('node-error', (error: Error, node: { port: number }) => told.push([error, node]));
    await client.connect();
    assert.ok(told.length > 0);
    for (const [error, { port }] of told) {
      assert.match(error.message, /^WRONGPASS /);
      assert.equal(port, bad.port);
    }
    for (const tag of TAGS.slice(0, 2)) assert.equal(await client.set(`{${tag}}`, 1), 'OK');
    const error = await failureOf(client.withCommandOptions({ timeout: 300 }).set(`{${TAGS[2]}}`, 1));
    assert.ok(error instanceof TimeoutError, String(error));
    assert.match(error.message, new RegExp(`^SET waited 300 ms to be written: the node ${bad.address} is not connected \\(last error: WRONGPASS `));
    assert.equal(error.node, bad.address);
    assert.ok(error.cause instanceof ErrorReply && error.cause.kind === 'WRONGPASS');
    // Commands without keys are for any node, or for all of them.
    for (let i = 0; i < 20; i++) assert.equal(await client.publish('channel', 'message'), 0);
    const all = await failureOf(client.withCommandOptions({ timeout: 300 }).dbSize());
    assert.match(all.message, /^DBSIZE waited 300 ms .*last error: WRONGPASS /);
    assert.equal(all.node, bad.address);
    assert.deepEqual(client.errors, [], 'what happens to single nodes is no error of the cluster');

    const waiting = client.withCommandOptions({ timeout: 30_000 }).set(`{${TAGS[2]}}`, 2);
    await use('right');
    assert.equal(await waiting, 'OK', 'as soon as the password is right');
    await client.close();
  });

  test('a root with the wrong password is passed over', async () => {
    await use('other');
    for (let i = 0; i < 5; i++) {
      const client = await stage.connected();
      assert.equal(await client.set(`{${TAGS[0]}}`, 1), 'OK');
      client.destroy();
    }
  });

  test('a password that is changed while the node is connected: the connection goes on; the next one is refused', async () => {
    await use('right');
    const client = await stage.connected();
    assert.equal(await client.set(`{${TAGS[2]}}`, 1), 'OK');
    await use('other');
    assert.equal(await client.set(`{${TAGS[2]}}`, 2), 'OK');
    await bad.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await until(() => client.masters.some(({ client: of }) => of?.isReady === false), 'the loss to be noticed');
    const waiting = client.withCommandOptions({ timeout: 30_000 }).get(`{${TAGS[2]}}`);
    await use('right');
    assert.equal(await waiting, '2');
    client.destroy();
  });
}));
