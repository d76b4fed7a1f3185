/** Declares the tests that compare replies of one server: the examples of the fixture, then the sequences. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { CommandExample } from '../commands/command-facts';
import { serverName, type ServerVersion } from '../support/server-program';
import { outcomeOf, type Outcome } from './described';
import { CHANGE_THE_CONNECTION, isLocal, isRead, keysOf, mayBlock, methodCalls, ONLY_IN_SEQUENCES } from './reply-calls';
import { fail, Judge, told, type Result } from './reply-differences';
import { masked } from './reply-masks';
import { type Actor, ReplyStage, type State } from './reply-stage';
import { play, SEQUENCES, type Sequence } from './sequences';
import { clusterSequences } from './sequences/cluster';

let stage: ReplyStage;
let judge: Judge;

const callOf = (actor: Actor, method: string, args: readonly unknown[]): Promise<Outcome> =>
  outcomeOf(() => (actor.mapped[method] as (...values: unknown[]) => unknown)(...args));

/** All actors call at once, each in its own database. */
async function callSideBySide(method: string, example: CommandExample, state: State): Promise<Result[]> {
  await stage.prepare(stage.actors, state);
  const calls = Promise.all(stage.actors.map(async (actor): Promise<Result> => [actor, await callOf(actor, method, example.args)]));
  if (mayBlock(example)) await stage.unblock(calls);
  const results = await calls;
  if (!isRead(method)) stage.touched();
  return results;
}

/** One actor after another calls, on a server in the same state. */
async function callInTurn(method: string, example: CommandExample): Promise<Result[]> {
  const results: Result[] = [];
  for (const actor of stage.actors) {
    await stage.command('FLUSHALL');
    await stage.prepareServer();
    await stage.prepare([actor], 'fitting data');
    const caller = CHANGE_THE_CONNECTION.has(method) ? await stage.another(actor) : actor;
    try {
      results.push([actor, await callOf(caller, method, example.args)]);
    } finally {
      if (caller !== actor) caller.client.destroy();
      stage.touched();
    }
  }
  await stage.prepareServer();
  return results;
}

async function compareExample(method: string, example: CommandExample): Promise<string[]> {
  const judged = (results: Result[], state: string): string[] =>
    judge.differences(results.map(([actor, outcome]) => [actor, masked(method, outcome)]), `${told(method, example.args)}, ${state}`, method);
  if (!isLocal(method, example)) return judged(await callInTurn(method, example), 'fitting data');
  const found = judged(await callSideBySide(method, example, 'fitting data'), 'fitting data');
  const keys = keysOf(example);
  if (keys.length === 0) return found;
  found.push(...judged(await callSideBySide(method, example, 'no data'), 'no data'));
  found.push(...judged(await callSideBySide(method, example, { wrong: keys }), 'keys of a wrong type'));
  return found;
}

/** Runs a sequence for one actor and gives what it noted. */
async function transcript(sequence: Sequence, actor: Actor): Promise<unknown[]> {
  await stage.command('FLUSHALL');
  await stage.prepareServer();
  stage.touched();
  const caller = sequence.changesTheConnection === true ? await stage.another(actor) : actor;
  try {
    return await play(sequence, caller, {
      command: async (...words) => {
        await stage.command('SELECT', String(actor.database));
        return stage.command(...words);
      },
      words: (...words) => caller.client.sendCommand(words),
      another: () => stage.another(actor),
      called: (method) => judge.compared.add(method),
    });
  } finally {
    if (caller !== actor) caller.client.destroy();
  }
}

async function compareSequence(sequence: Sequence): Promise<string[]> {
  const transcripts: [Actor, unknown[]][] = [];
  for (const actor of stage.actors) transcripts.push([actor, await transcript(sequence, actor)]);
  await stage.prepareServer();
  return judge.sequence(transcripts, sequence.name);
}

function compareSequences(name: string, sequences: readonly Sequence[]): void {
  for (const sequence of sequences) {
    test(`sequence: ${sequence.name}`, async (context) => {
      const missing = sequence.needs?.find((needed) => !stage.knows(needed));
      if (missing !== undefined) return context.skip(`${name} does not know ${missing}`);
      fail(await compareSequence(sequence));
    });
  }
}

/** Declares the comparison for a server, which has to be on this machine. */
export function compareReplies(version: ServerVersion): void {
  const name = serverName(version);
  describe(`replies of ${name} become what npm redis makes of them`, () => {
    before(async () => {
      judge = new Judge();
      stage = await ReplyStage.start(version);
      await stage.prepareServer();
    });
    after(() => stage.stop());

    for (const { method, name: wireName, examples } of methodCalls()) {
      if (method in ONLY_IN_SEQUENCES) continue;
      test(method, async (context) => {
        if (!stage.knows(wireName)) {
          judge.unknown.add(method);
          return context.skip(`${name} does not know the command`);
        }
        judge.compared.add(method);
        const found: string[] = [];
        for (const example of examples) found.push(...await compareExample(method, example));
        fail(found);
      });
    }
    compareSequences(name, SEQUENCES);

    test('every command of the fixture that the server knows was compared, and the others are unknown', () => {
      const all = methodCalls().map(({ method }) => method);
      assert.deepEqual([...new Set([...judge.compared, ...judge.unknown])].sort(), all.sort());
      judge.writeCoverage(`replies-${version}`, 'replies', name);
    });

    test('the accepted differences exist', () => {
      assert.deepEqual(judge.unseen(version), []);
    });
  });
}

/** Declares the comparison for a server that is a cluster of one node. */
export function compareClusterReplies(version: ServerVersion): void {
  const name = serverName(version);
  describe(`replies of ${name} as a cluster`, () => {
    before(async () => {
      judge = new Judge();
      stage = await ReplyStage.start(version, { args: ['--cluster-enabled', 'yes', '--cluster-node-timeout', '500'] });
    });
    after(async () => {
      judge.writeCoverage(`replies-${version}-cluster`, 'replies', name);
      await stage.stop();
    });
    compareSequences(name, clusterSequences);
  });
}
