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
    for (const primary of [election.node, first]) {
      const { node } = await cluster.failOver(primary);
      for (const one of cluster.nodes) assert.equal((await cluster.primaries(one))[0], node, `in the eyes of ${one.name}`);
    }
    mark('back and forth');
    await second.kill9();
    const replaced = await cluster.untilReplaced(second);
    mark('election');
    await cluster.untilInOrder();
    mark('agreement');
    assert.equal((await cluster.primaries())[1], replaced.node);
    await second.start();
    // It believes that it is still the primary, and is not a replica yet.
    assert.equal((await cluster.failOver(replaced.node)).node, second);
    mark('return');
    for (const node of cluster.nodes) assert.equal((await cluster.primaries(node))[1], second, `in the eyes of ${node.name}`);
    assert.equal((await cluster.replicasOf(second))[0], replaced.node);
    context.diagnostic(times.join(', '));
  });
}));
