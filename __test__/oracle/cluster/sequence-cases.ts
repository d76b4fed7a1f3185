/** Declares the tests that run the sequences of commands through both cluster clients, on a cluster of one node of a kind of server. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { ClusterOptions } from '../../cluster/servers/test-cluster';
import { onServer } from '../../support/on-server';
import { serverName, type ServerVersion } from '../../support/server-program';
import { until } from '../../support/until';
import { methodCalls } from '../reply-calls';
import { fail, Judge } from '../reply-differences';
import { play, SEQUENCES, type Sequence, type SequenceActor } from '../sequences';
import { clusterSequences } from '../sequences/cluster';
import { endCluster } from './end-cluster';
import { type ClusterActor, ReplyActors } from './reply-actors';
import { LEFT_TO_SEQUENCES, withoutPrefixes } from './reply-cases';

/** The sequences see only what a client has, too. */
const asActor = (actor: ClusterActor): SequenceActor => actor as unknown as SequenceActor;

/** A node that has taken itself out of the cluster gets all slots again, and serves. */
async function restore({ servers: { nodes: [node] } }: ReplyActors): Promise<void> {
  await node?.call('FLUSHALL');
  const isWhole = async (): Promise<boolean> => /cluster_state:ok[^]*cluster_slots_ok:16384/.test(String(await node?.call('CLUSTER', 'INFO')));
  if (await isWhole()) return;
  await node?.call('CLUSTER', 'FLUSHSLOTS');
  await node?.call('CLUSTER', 'ADDSLOTSRANGE', 0, 16383);
  await until(isWhole, 'the node to serve all slots');
}

/** Cursors of clusters are made by the client: only the last one is the same. */
function withoutCursors(outcome: unknown): unknown {
  return JSON.parse(JSON.stringify(outcome).replace(/(\["cursor",(?:\{"Buffer":)?)"(?!0")\d+"/g, '$1"…"')) as unknown;
}

async function transcript(stage: ReplyActors, judge: Judge, sequence: Sequence, actor: ClusterActor): Promise<unknown[]> {
  await restore(stage);
  await stage.prepareServers();
  const others: ClusterActor[] = [];
  const another = async (): Promise<ClusterActor> => {
    const made = await stage.another(actor);
    others.push(made);
    return made;
  };
  const caller = sequence.changesTheConnection === true ? await another() : actor;
  const { client, prefix } = caller;
  try {
    return await play(sequence, asActor(caller), {
      command: (...words) => stage.servers.nodes[0]!.call(...stage.prefixed(prefix, words)),
      words: (name, key, ...rest) => client.sendCommand(prefix + key, true, [name, prefix + key, ...rest]),
      another: async () => asActor(await another()),
      called: (method) => judge.compared.add(method),
      common: (outcome, method) => withoutPrefixes(method === 'scan' ? withoutCursors(outcome) : outcome),
    });
  } finally {
    for (const one of others) endCluster(one.client);
  }
}

function compareAll(judge: Judge, name: string, sequences: readonly Sequence[], options: ClusterOptions, prefixes: 'one for all' | 'none'): void {
  describe(name, () => {
    let stage: ReplyActors;
    before(async () => {
      stage = await ReplyActors.start({ ...options, primaries: 1 }, prefixes);
    });
    after(() => stage.stop());

    for (const sequence of sequences) {
      test(`sequence: ${sequence.name}`, async (context) => {
        if (sequence.notOnClusters !== undefined) return context.skip(sequence.notOnClusters);
        const missing = sequence.needs?.find((needed) => !stage.knows(needed));
        if (missing !== undefined) return context.skip(`the server does not know ${missing}`);
        const transcripts: [ClusterActor, unknown[]][] = [];
        for (const actor of stage.actors) transcripts.push([actor, await transcript(stage, judge, sequence, actor)]);
        fail(judge.sequence(transcripts, sequence.name));
      });
    }
  });
}

/** Declares the comparison on clusters of servers of one kind. */
export function compareSequencesOnClusters(version: ServerVersion): void {
  onServer(version, () => {
    const judge = new Judge();
    compareAll(judge, `through a cluster of ${version}`, SEQUENCES, { version }, 'one for all');
    // A node that has lost its slots serves again only after its timeout.
    compareAll(judge, `that change a cluster of ${version}`, clusterSequences, { version, nodeTimeout: 500 }, 'none');

    test(`every command that ${version} knows and the examples leave out was compared`, () => {
      const names = methodCalls().filter(({ method }) => LEFT_TO_SEQUENCES.has(method)).map(({ method }) => method);
      assert.deepEqual(names.filter((method) => !judge.compared.has(method)), []);
      judge.writeCoverage(`cluster-sequences-${version}`, 'cluster', serverName(version));
    });
  });
}
