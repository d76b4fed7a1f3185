// Commands that a server does not know: both cluster clients send the same words to it, and reject with what it says.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { commandFacts, type CommandFacts } from '../../commands/command-facts';
import { wireOf } from '../../commands/module-differences';
import { onEachServer } from '../../support/on-server';
import { COMMAND_TABLE } from '../../../lib/commands';
import { outcomeOf } from '../described';
import { fail, Judge, told, type Result } from '../reply-differences';
import { type ClusterActor, ReplyActors } from './reply-actors';
import { withoutPrefixes } from './reply-cases';

const FACTS = commandFacts().filter(({ module, method }) => module !== 'client' || method in COMMAND_TABLE);
const MODULES = [...new Set(FACTS.map(({ module }) => module))];

/** The name of a command as COMMAND tells it. */
const nameOf = ({ module, method, examples }: CommandFacts): string =>
  module === 'client' ? (COMMAND_TABLE[method] as { name: string }).name : String(examples[0]?.wire[0]);

/** A text as both have it: each client says in its own words that it has not made a cursor of FT.CURSOR. */
function inCommonWords(outcome: unknown): unknown {
  return JSON.parse(JSON.stringify(outcome).replace(/FT\.CURSOR(?: DEL| READ)?: (unknown cursor \d+)[^}]*/, 'FT.CURSOR: $1"')) as unknown;
}

type Methods = ClusterActor['mapped'];

const ownerOf = (actor: ClusterActor, { module }: CommandFacts): Methods => (module === 'client' ? actor.mapped : actor.mapped[module] as unknown as Methods);

/** Whether a cluster of npm `redis` has the method; names.test.ts sees to it that ours has the same. */
const isOnClusters = (actors: readonly ClusterActor[], facts: CommandFacts): boolean =>
  actors.some((actor) => actor.library === 'npm redis' && facts.method in ownerOf(actor, facts));

function methodOf(actor: ClusterActor, facts: CommandFacts): (...args: unknown[]) => unknown {
  const owner = ownerOf(actor, facts);
  return (...args) => (owner[facts.method] as (...values: unknown[]) => unknown)(...args);
}

onEachServer((version) => describe(`commands that ${version} does not know`, () => {
  let stage: ReplyActors;
  before(async () => {
    stage = await ReplyActors.start({ version }, 'one each');
  });
  after(() => stage.stop());

  for (const module of MODULES) {
    test(module, async () => {
      const judge = new Judge();
      const found: string[] = [];
      const unknown = FACTS.filter((facts) => facts.module === module && !stage.knows(nameOf(facts)) && isOnClusters(stage.actors, facts));
      for (const facts of unknown) {
        // What is sent in another form on purpose is compared by the tests of modules.
        for (const { args } of facts.examples.filter((example) => wireOf(module, facts.method, example.wire).length === example.wire.length)) {
          const results = await Promise.all(stage.actors.map(async (actor): Promise<Result> =>
            [actor, inCommonWords(withoutPrefixes(await outcomeOf(() => methodOf(actor, facts)(...args))))]));
          found.push(...judge.differences(results, told(facts.method, args), facts.method));
          for (const [, outcome] of results) assert.match(JSON.stringify(outcome), /"rejected":.*unknown (command|subcommand|cursor)/i, told(facts.method, args));
        }
      }
      fail(found);
      assert.ok(unknown.length > 0, 'no command was compared');
    });
  }
}));
