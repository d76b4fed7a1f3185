/** Declares the tests that compare replies of one server: the examples of the fixture, then the sequences. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { inspect, isDeepStrictEqual } from 'node:util';
import type { CommandExample } from '../commands/command-facts';
import { findServerProgram, type ServerVersion } from '../support/server-program';
import { ACCEPTED, acceptedDifference, type AcceptedDifference } from './accepted-differences';
import { writeCoverage } from './coverage';
import { outcomeOf, type Outcome } from './described';
import { CHANGE_THE_CONNECTION, isLocal, isRead, keysOf, mayBlock, methodCalls, ONLY_IN_SEQUENCES } from './reply-calls';
import { masked } from './reply-masks';
import { type Actor, pairOf, ReplyStage, type State } from './reply-stage';
import { SEQUENCES, type Sequence, type SequenceStage } from './sequences';
import { clusterSequences } from './sequences/cluster';

/** Differences that are told of one test. */
const TOLD = 4;

let stage: ReplyStage;
/** Methods that were compared on this server. */
const compared = new Set<string>();
/** Those of them that gave something at least once: of the others only refusals are the same. */
const answered = new Set<string>();
/** Accepted differences that were seen. */
const seen = new Set<AcceptedDifference>();

type Result = [actor: Actor, outcome: unknown];

/** Differences between the two libraries, as text. `acceptedAs` names the method whose accepted differences count. */
function differences(results: readonly Result[], about: string, acceptedAs: string): string[] {
  const found: string[] = [];
  for (const [actor, ours] of results) {
    if (inspect(ours, { depth: 1 }).includes('resolved:')) answered.add(acceptedAs);
    if (actor.library !== 'oxredis') continue;
    const pair = pairOf(actor);
    const [, theirs] = results.find(([other]) => other.library !== 'oxredis' && pairOf(other) === pair) as Result;
    if (isDeepStrictEqual(ours, theirs)) continue;
    const difference = acceptedDifference(acceptedAs, actor.protocol, actor.mapping, { about, theirs: show(theirs) });
    if (difference !== undefined) seen.add(difference);
    else found.push(`${about}, ${pair}:\n  oxredis   ${show(ours)}\n  npm redis ${show(theirs)}`);
  }
  return found;
}

const show = (value: unknown): string => inspect(value, { depth: 12, breakLength: Infinity, compact: 100, maxStringLength: 600 }).slice(0, 1200);

function fail(found: readonly string[]): void {
  if (found.length > 0) assert.fail(`${found.length} differences\n${found.slice(0, TOLD).join('\n')}`);
}

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
  const about = `${method}(${inspect(example.args, { breakLength: Infinity, depth: 6 }).slice(1, -1).trim()})`;
  const judge = (results: Result[], state: string): string[] =>
    differences(results.map(([actor, outcome]) => [actor, masked(method, outcome)]), `${about}, ${state}`, method);
  if (!isLocal(method, example)) return judge(await callInTurn(method, example), 'fitting data');
  const found = judge(await callSideBySide(method, example, 'fitting data'), 'fitting data');
  const keys = keysOf(example);
  if (keys.length === 0) return found;
  found.push(...judge(await callSideBySide(method, example, 'no data'), 'no data'));
  found.push(...judge(await callSideBySide(method, example, { wrong: keys }), 'keys of a wrong type'));
  return found;
}

/** Runs a sequence for one actor and gives what it noted. */
async function transcript(sequence: Sequence, actor: Actor): Promise<unknown[]> {
  await stage.command('FLUSHALL');
  await stage.prepareServer();
  stage.touched();
  const notes: unknown[] = [];
  const caller = sequence.changesTheConnection === true ? await stage.another(actor) : actor;
  const note = async (method: string, call: () => unknown): Promise<unknown> => {
    let value: unknown;
    const outcome = await outcomeOf(async () => (value = await call()));
    notes.push([method, masked(method, outcome)]);
    return value;
  };
  const play: SequenceStage = {
    actor: caller, server: stage.server, note,
    command: async (...words) => {
      await stage.command('SELECT', String(actor.database));
      return stage.command(...words);
    },
    call: (method, ...args) => {
      compared.add(method);
      return note(method, () => (caller.mapped[method] as (...values: unknown[]) => unknown)(...args));
    },
    another: () => stage.another(actor),
  };
  try {
    await sequence.run(play);
  } finally {
    if (caller !== actor) caller.client.destroy();
  }
  return notes;
}

async function compareSequence(sequence: Sequence): Promise<string[]> {
  const transcripts: [Actor, unknown[]][] = [];
  for (const actor of stage.actors) transcripts.push([actor, await transcript(sequence, actor)]);
  await stage.prepareServer();
  const steps = Math.max(...transcripts.map(([, notes]) => notes.length));
  const found: string[] = [];
  for (let step = 0; step < steps; step += 1) {
    const results = transcripts.map(([actor, notes]): Result => [actor, notes[step]]);
    const method = String((results[0]?.[1] as unknown[] | undefined)?.[0]);
    found.push(...differences(results, `${sequence.name}, step ${step + 1}`, method));
  }
  return found;
}

/** Writes what was compared on a server, for the table in docs/commands.md. */
function noteCoverage(name: string, server: string, unknown: readonly string[]): void {
  const named = (methods: Iterable<string>): string[] => Array.from(methods, (method) => `client.${method}`).sort();
  const replied = [...compared].filter((method) => answered.has(method));
  writeCoverage(name, {
    oracle: 'replies', server, compared: named(replied), unknown: named(unknown),
    refused: named([...compared].filter((method) => !answered.has(method))),
  });
}

/** The server's name, such as `Redis 7.0`. @throws Error where it is not on this machine */
function serverName(version: ServerVersion): string {
  const program = findServerProgram(version);
  assert.ok(program, `there is no ${version} on this machine`);
  return `${program.kind === 'redis' ? 'Redis' : 'Valkey'} ${program.version.join('.')}`;
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
    const unknown: string[] = [];
    before(async () => {
      stage = await ReplyStage.start(version);
      await stage.prepareServer();
    });
    after(() => stage.stop());

    for (const { method, name: wireName, examples } of methodCalls()) {
      if (method in ONLY_IN_SEQUENCES) continue;
      test(method, async (context) => {
        if (!stage.knows(wireName)) {
          unknown.push(method);
          return context.skip(`${name} does not know the command`);
        }
        compared.add(method);
        const found: string[] = [];
        for (const example of examples) found.push(...await compareExample(method, example));
        fail(found);
      });
    }
    compareSequences(name, SEQUENCES);

    test('every command of the fixture that the server knows was compared, and the others are unknown', () => {
      const all = methodCalls().map(({ method }) => method);
      assert.deepEqual([...new Set([...compared, ...unknown])].sort(), all.sort());
      noteCoverage(`replies-${version}`, name, unknown);
    });

    test('the accepted differences exist', () => {
      const expected = ACCEPTED.filter(({ servers }) => servers?.includes(version) ?? true);
      assert.deepEqual(expected.filter((difference) => !seen.has(difference)), []);
    });
  });
}

/** Declares the comparison for a server that is a cluster of one node. */
export function compareClusterReplies(version: ServerVersion): void {
  const name = serverName(version);
  describe(`replies of ${name} as a cluster`, () => {
    before(async () => {
      compared.clear();
      answered.clear();
      stage = await ReplyStage.start(version, { args: ['--cluster-enabled', 'yes', '--cluster-node-timeout', '500'] });
    });
    after(async () => {
      noteCoverage(`replies-${version}-cluster`, name, []);
      await stage.stop();
    });
    compareSequences(name, clusterSequences);
  });
}
