import assert from 'node:assert/strict';
import { createServer, type Server, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import * as ours from '../../../lib';
import { freePort } from '../../support/free-port';
import { startServer, type TestServer } from '../../support/server';
import type { ServerVersion } from '../../support/server-program';
import { clusterStage } from './stage';

const CONNECT_TIMEOUT = 1000;
/** `connect()` rejects within its timeout and this time, ms; a busy machine may take longer. */
const MORE = 1000 * 4;

type Flaw = 'refused' | 'silent' | 'no cluster' | 'wrong password';

/** What is said of each root that cannot be used. */
const REASONS: Record<Flaw, RegExp> = {
  'refused': /ECONNREFUSED/,
  'silent': /timeout|timed out|did not answer/i,
  'no cluster': /cluster support disabled/,
  'wrong password': /WRONGPASS/,
};

export function rootsTests(version?: ServerVersion): void {
  const stage = clusterStage({ version, replicas: 0 });
  const sockets = new Set<Socket>();
  const roots = {} as Record<Flaw, string>;
  let silent: Server | undefined;
  const servers: TestServer[] = [];

  before(async () => {
    silent = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => silent?.listen(0, '127.0.0.1', resolve));
    const alone = await startServer({ version });
    const guarded = await startServer({ version, password: 'right' });
    servers.push(alone, guarded);
    roots.refused = `redis://127.0.0.1:${await freePort()}`;
    roots.silent = `redis://127.0.0.1:${(silent.address() as { port: number }).port}`;
    roots['no cluster'] = alone.url;
    roots['wrong password'] = `redis://:wrong@127.0.0.1:${guarded.port}`;
  });
  after(async () => {
    for (const socket of sockets) socket.destroy();
    silent?.close();
    for (const server of servers) await server.stop();
  });

  const clientOf = (urls: string[]): ours.RedisClusterType => {
    const client = ours.createCluster({ rootNodes: urls.map((url) => ({ url, socket: { connectTimeout: CONNECT_TIMEOUT } })) });
    client.on('error', () => undefined);
    return client as unknown as ours.RedisClusterType;
  };

  async function refusal(flaws: Flaw[]): Promise<void> {
    const client = clientOf(flaws.map((flaw) => roots[flaw]));
    const since = performance.now();
    const error = await client.connect().then(() => undefined, (reason: Error) => reason);
    const took = performance.now() - since;
    assert.ok(error instanceof ours.RootNodesUnavailableError, `it gave ${String(error)}`);
    assert.ok(took < CONNECT_TIMEOUT + MORE, `it took ${took} ms`);
    const causes = causesOf(error);
    for (const flaw of flaws) {
      assert.match(error.message, REASONS[flaw]);
      assert.ok(error.message.includes(roots[flaw].replace(/^redis:\/\/(.*@)?/, '')), `${error.message} does not name ${flaw}`);
      assert.ok(causes.some((cause) => REASONS[flaw].test(cause.message)), `no cause says ${flaw}`);
    }
    assert.equal(client.isOpen, false);
    await assert.rejects(client.get('key'), ours.ClientClosedError);
  }

  for (const flaw of Object.keys(REASONS) as Flaw[]) {
    test(`connect() to a root that is ${flaw} rejects in time with the reason`, () => refusal([flaw]));
  }

  test('connect() to roots of every kind rejects in time with the reason of each', () => refusal(Object.keys(REASONS) as Flaw[]));

  test('connect() finds the one root that can be used', async () => {
    const [node] = stage.cluster.live;
    const client = clientOf([...Object.values(roots), node?.url as string]);
    try {
      await client.connect();
      assert.equal(await client.set('key', 'value'), 'OK');
      assert.equal(await client.get('key'), 'value');
    } finally {
      client.destroy();
    }
  });

  test('connect() can be tried again', async () => {
    const client = clientOf([roots.refused]);
    await assert.rejects(client.connect(), ours.RootNodesUnavailableError);
    await assert.rejects(client.connect(), ours.RootNodesUnavailableError);
  });
}

/** The causes of an error, one for each root. */
function causesOf(error: Error): Error[] {
  const { errors, cause } = error as Error & { errors?: Error[]; cause?: Error & { errors?: Error[] } };
  return errors ?? cause?.errors ?? (cause === undefined ? [] : [cause]);
}
