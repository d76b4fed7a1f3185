/** Declares the tests that compare what both cluster clients make of the replies of one kind of server: the examples of the fixture. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { commandFacts, type CommandExample } from '../../commands/command-facts';
import { onServer } from '../../support/on-server';
import { serverName, type ServerVersion } from '../../support/server-program';
import { outcomeOf } from '../described';
import { CHANGE_THE_CONNECTION, isRead, keysOf, mayBlock, type MethodCalls, methodCalls, ONLY_IN_SEQUENCES } from '../reply-calls';
import { fail, Judge, told, type Result } from '../reply-differences';
import { masked } from '../reply-masks';
import type { State } from '../reply-stage';
import { endCluster } from './end-cluster';
import { type ClusterActor, ReplyActors } from './reply-actors';

/** They would take the cluster apart: sequences call them, on a cluster of one node. */
const CHANGE_THE_CLUSTER = new Set([
  'clusterAddSlots', 'clusterAddSlotsRange', 'clusterBumpEpoch', 'clusterDelSlots', 'clusterDelSlotsRange', 'clusterFailover',
  'clusterFlushSlots', 'clusterForget', 'clusterMeet', 'clusterReplicate', 'clusterReset', 'clusterSetConfigEpoch', 'clusterSetSlot',
]);

/** What it gives depends on the prefix. */
const NOT_WITH_A_PREFIX = new Set(['clusterKeySlot']);

/** What the examples leave to sequences. */
export const LEFT_TO_SEQUENCES: ReadonlySet<string> = new Set([...Object.keys(ONLY_IN_SEQUENCES), ...CHANGE_THE_CLUSTER]);

/** Methods whose calls go to several nodes. Those of SCAN go to one after another, in any order: commands.test.ts has them. */
const FOR_MANY_NODES = new Set(commandFacts().filter(({ policy: [request] }) => request.startsWith('all_')).map(({ method }) => method));

/** Its calls are made without a prefix, one after another. */
const isAlone = (method: string): boolean => CHANGE_THE_CONNECTION.has(method) || NOT_WITH_A_PREFIX.has(method);

const CALLS = methodCalls().filter(({ method }) => !LEFT_TO_SEQUENCES.has(method));
const ALL_KEYS = new Set(CALLS.flatMap(({ examples }) => examples.flatMap(keysOf)));

/** The texts of an outcome without the prefixes of actors. */
export function withoutPrefixes(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/\{t\d\d\}/g, '');
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutPrefixes);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutPrefixes(item)]));
}

let judge: Judge;

function differences(results: readonly Result[], about: string, method: string): string[] {
  return judge.differences(results.map(([actor, outcome]): Result => [actor, masked(method, withoutPrefixes(outcome))]), about, method);
}

const callOf = (actor: ClusterActor, method: string, { args }: CommandExample): Promise<unknown> =>
  outcomeOf(() => (actor.mapped[method] as (...values: unknown[]) => unknown)(...args));

/** Declares a test for each method that has such examples. */
function forEachMethod(
  stage: () => ReplyActors, fits: (example: CommandExample, method: string) => boolean,
  compare: (call: MethodCalls, example: CommandExample) => Promise<string[]>,
): void {
  for (const call of CALLS) {
    const examples = call.examples.filter((example) => fits(example, call.method));
    if (examples.length === 0) continue;
    test(call.method, async (context) => {
      if (!stage().knows(call.name)) {
        judge.unknown.add(call.method);
        return context.skip('unknown to the server');
      }
      judge.compared.add(call.method);
      const found: string[] = [];
      for (const example of examples) found.push(...await compare(call, example));
      fail(found);
    });
  }
}

/** One actor after another calls, on a cluster in the same state. */
async function callInTurn(
  stage: ReplyActors, method: string, example: CommandExample, state: State, actors: readonly ClusterActor[] = stage.actors,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const actor of actors) {
    await stage.prepareAll(state);
    const caller = CHANGE_THE_CONNECTION.has(method) ? await stage.another(actor) : actor;
    try {
      const call = callOf(caller, method, example);
      if (mayBlock(example)) await stage.unblock(call);
      results.push([actor, await call]);
    } finally {
      if (caller !== actor) endCluster(caller.client);
    }
  }
  return results;
}

/** The same for calls that change the servers. */
async function changeInTurn(stage: ReplyActors, method: string, example: CommandExample): Promise<Result[]> {
  const results: Result[] = [];
  for (const actor of stage.actors) {
    await stage.prepareServers();
    results.push(...await callInTurn(stage, method, example, 'fitting data', [actor]));
  }
  await stage.prepareServers();
  return results;
}

/** Declares the comparison on clusters of servers of one kind. */
export function compareOnClusters(version: ServerVersion): void {
  onServer(version, () => {
    judge = new Judge();
    let stage: ReplyActors;
    const begin = (options: { primaries: number }, prefixes: 'one each' | 'none'): void => {
      before(async () => {
        stage = await ReplyActors.start({ version, ...options }, prefixes);
        await stage.prepareServers();
      });
      after(() => stage.stop());
    };

    describe(`keys of one slot, on ${version}`, () => {
      begin({ primaries: 3 }, 'one each');
      forEachMethod(() => stage, ({ keys }, method) => keys.length > 0 && !isAlone(method), async ({ method }, example) => {
        const found: string[] = [];
        for (const state of ['fitting data', 'no data', { wrong: keysOf(example) }] as const) {
          await stage.prepare(state, ALL_KEYS);
          const calls = Promise.all(stage.actors.map(async (actor): Promise<Result> => [actor, await callOf(actor, method, example)]));
          if (mayBlock(example)) await stage.unblock(calls);
          found.push(...differences(await calls, `${told(method, example.args)}, ${typeof state === 'string' ? state : 'keys of a wrong type'}`, method));
        }
        return found;
      });
    });

    describe(`keys of several slots, on ${version}`, () => {
      begin({ primaries: 3 }, 'none');
      forEachMethod(() => stage, (example) => keysOf(example).length > 1, async ({ method }, example) =>
        differences(await callInTurn(stage, method, example, 'fitting data'), told(method, example.args), method));
    });

    describe(`no keys, on a node of ${version} that has all slots`, () => {
      begin({ primaries: 1 }, 'none');
      forEachMethod(() => stage, ({ keys }, method) => keys.length === 0 || isAlone(method), async ({ method }, example) => {
        if (isRead(method)) return differences(await callInTurn(stage, method, example, 'fitting data'), told(method, example.args), method);
        return differences(await changeInTurn(stage, method, example), told(method, example.args), method);
      });
    });

    describe(`no keys, on all nodes of ${version}`, () => {
      begin({ primaries: 3 }, 'none');
      forEachMethod(() => stage, ({ keys }, method) => keys.length === 0 && FOR_MANY_NODES.has(method), async ({ method }, example) =>
        differences(await changeInTurn(stage, method, example), told(method, example.args), method));
    });

    test(`every command that ${version} knows was compared, except those of sequences`, () => {
      const all = CALLS.map(({ method }) => method);
      assert.deepEqual([...new Set([...judge.compared, ...judge.unknown])].sort(), all.sort());
      judge.writeCoverage(`cluster-replies-${version}`, 'cluster', serverName(version));
    });
  });
}
