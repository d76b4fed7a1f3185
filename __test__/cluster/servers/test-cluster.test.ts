import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { onEachServer } from '../../support/on-server';
import { TestCluster } from './test-cluster';

onEachServer((version) => describe(version, () => {
  let cluster: TestCluster | undefined;
  after(() => cluster?.stop());

  test('nodes become a cluster, hand over, die, are replaced and come back', async (context) => {
    const times: string[] = [];
    let last = performance.now();
    const mark = (what: string): void => {
      times.push(`${what} ${Math.round(performance.now() - last)} ms`);
      last = performance.now();
    };
    cluster = await TestCluster.start({ version, nodeTimeout: 1500 });
    mark('start');
    const [first, second] = await cluster.primaries();
    assert.ok(first && second);
    const election = await cluster.failOver(first);
    mark('failover');
    assert.equal((await cluster.primaries())[0], election.node);
    await second.kill9();
    const replaced = await cluster.untilReplaced(second);
    mark('election');
    await cluster.untilInOrder();
    mark('agreement');
    assert.equal((await cluster.primaries())[1], replaced.node);
    await second.start();
    await cluster.untilInOrder();
    mark('return');
    assert.equal((await cluster.replicasOf(replaced.node))[0], second);
    context.diagnostic(times.join(', '));
  });
}));
