/** Declares the tests that compare what both cluster clients make of the replies of one kind of server: the examples of the fixture. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { inspect, isDeepStrictEqual } from 'node:util';
import type { CommandExample } from '../../commands/command-facts';
import { onServer } from '../../support/on-server';
import type { ServerVersion } from '../../support/server-program';
import { acceptedDifference } from '../accepted-differences';
import { outcomeOf } from '../described';
import { CHANGE_THE_CONNECTION, isRead, keysOf, mayBlock, type MethodCalls, methodCalls, ONLY_IN_SEQUENCES } from '../reply-calls';
import { masked } from '../reply-masks';
import type { State } from '../reply-stage';
import { type ClusterActor, pairOf, ReplyActors } from './reply-actors';

/** They would take the cluster apart. The sequences of a single client try them. */
const CHANGE_THE_CLUSTER = new Set([
  'clusterAddSlots', 'clusterAddSlotsRange', 'clusterBumpEpoch', 'clusterDelSlots', 'clusterDelSlotsRange', 'clusterFailover',
  'clusterFlushSlots', 'clusterForget', 'clusterMeet', 'clusterReplicate', 'clusterReset', 'clusterSetConfigEpoch', 'clusterSetSlot',
]);

/** What it gives depends on the prefix. */
const NOT_WITH_A_PREFIX = new Set(['clusterKeySlot']);

/** Differences that are told of one test. */
const TOLD = 4;

/** Its calls are made without a prefix, one after another. */
const isAlone = (method: string): boolean => CHANGE_THE_CONNECTION.has(method) || NOT_WITH_A_PREFIX.has(method);

type Result = [actor: ClusterActor, outcome: unknown];

const CALLS = methodCalls().filter(({ method }) => !(method in ONLY_IN_SEQUENCES) && !CHANGE_THE_CLUSTER.has(method));
const ALL_KEYS = new Set(CALLS.flatMap(({ examples }) => examples.flatMap(keysOf)));

/** The texts of an outcome without the prefixes of actors. */
function withoutPrefixes(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/\{t\d\d\}/g, '');
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutPrefixes);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutPrefixes(item)]));
}

const show = (value: unknown): string => inspect(value, { depth: 12, breakLength: Infinity, compact: 100, maxStringLength: 600 }).slice(0, 1200);

/** Differences between the two libraries, as text. */
function differences(results: readonly Result[], about: string, method: string): string[] {
  const found: string[] = [];
  const judged = results.map(([actor, outcome]): Result => [actor, masked(method, withoutPrefixes(outcome))]);
  for (const [actor, own] of judged) {
    if (actor.library !== 'oxredis') continue;
    const [, their] = judged.find(([other]) => other.library !== 'oxredis' && pairOf(other) === pairOf(actor)) as Result;
    if (isDeepStrictEqual(own, their)) continue;
    // Clusters differ where clients do, and nowhere else.
    if (acceptedDifference(method, actor.protocol, actor.mapping, { about, theirs: show(their) })) continue;
    found.push(`${about}, ${pairOf(actor)}:\n  oxredis   ${show(own)}\n  npm redis ${show(their)}`);
  }
  return found;
}

function fail(found: readonly string[]): void {
  if (found.length > 0) assert.fail(`${found.length} differences\n${found.slice(0, TOLD).join('\n')}`);
}

const callOf = (actor: ClusterActor, method: string, { args }: CommandExample): Promise<unknown> =>
  outcomeOf(() => (actor.mapped[method] as (...values: unknown[]) => unknown)(...args));

const told = (method: string, { args }: CommandExample): string => `${method}(${inspect(args, { breakLength: Infinity, depth: 6 }).slice(1, -1).trim()})`;

/** Declares a test for each method that has such examples. */
function forEachMethod(
  stage: () => ReplyActors, fits: (example: CommandExample, method: string) => boolean,
  compare: (call: MethodCalls, example: CommandExample) => Promise<string[]>,
): void {
  for (const call of CALLS) {
    const examples = call.examples.filter((example) => fits(example, call.method));
    if (examples.length === 0) continue;
    test(call.method, async (context) => {
      if (!stage().knows(call.name)) return context.skip('unknown to the server');
      const found: string[] = [];
      for (const example of examples) found.push(...await compare(call, example));
      fail(found);
    });
  }
}

/** One actor after another calls, on a cluster in the same state. */
async function callInTurn(stage: ReplyActors, method: string, example: CommandExample, state: State): Promise<Result[]> {
  const results: Result[] = [];
  for (const actor of stage.actors) {
    await stage.prepareAll(state);
    const caller = CHANGE_THE_CONNECTION.has(method) ? await stage.another(actor) : actor;
    try {
      const call = callOf(caller, method, example);
      if (mayBlock(example)) await stage.unblock(call);
      results.push([actor, await call]);
    } finally {
      if (caller !== actor) caller.client.destroy();
    }
  }
  return results;
}

/** Declares the comparison on clusters of servers of one kind. */
export function compareOnClusters(version: ServerVersion): void {
  onServer(version, () => {
    let stage: ReplyActors;
    const begin = (options: { primaries: number }, prefixed: boolean): void => {
      before(async () => {
        stage = await ReplyActors.start({ version, ...options }, prefixed);
        await stage.prepareServers();
      });
      after(() => stage.stop());
    };

    describe(`keys of one slot, on ${version}`, () => {
      begin({ primaries: 3 }, true);
      forEachMethod(() => stage, ({ keys }, method) => keys.length > 0 && !isAlone(method), async ({ method }, example) => {
        const found: string[] = [];
        for (const state of ['fitting data', 'no data', { wrong: keysOf(example) }] as const) {
          await stage.prepare(state, ALL_KEYS);
          const calls = Promise.all(stage.actors.map(async (actor): Promise<Result> => [actor, await callOf(actor, method, example)]));
          if (mayBlock(example)) await stage.unblock(calls);
          found.push(...differences(await calls, `${told(method, example)}, ${typeof state === 'string' ? state : 'keys of a wrong type'}`, method));
        }
        return found;
      });
    });

    describe(`keys of several slots, on ${version}`, () => {
      begin({ primaries: 3 }, false);
      forEachMethod(() => stage, (example) => keysOf(example).length > 1, async ({ method }, example) =>
        differences(await callInTurn(stage, method, example, 'fitting data'), told(method, example), method));
    });

    describe(`no keys, on a node of ${version} that has all slots`, () => {
      begin({ primaries: 1 }, false);
      forEachMethod(() => stage, ({ keys }, method) => keys.length === 0 || isAlone(method), async ({ method }, example) => {
        const results: Result[] = [];
        if (isRead(method)) results.push(...await callInTurn(stage, method, example, 'fitting data'));
        else {
          for (const actor of stage.actors) {
            await stage.prepareAll('fitting data');
            await stage.prepareServers();
            const caller = CHANGE_THE_CONNECTION.has(method) ? await stage.another(actor) : actor;
            results.push([actor, await callOf(caller, method, example)]);
            if (caller !== actor) caller.client.destroy();
          }
          await stage.prepareServers();
        }
        return differences(results, told(method, example), method);
      });
    });
  });
}
