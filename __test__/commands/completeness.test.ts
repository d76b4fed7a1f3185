// Every command of npm redis is a method of a client and of a builder, under both names.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createClient } from '../../lib';
import { commandFacts, type CommandFacts } from './command-facts';

const facts = commandFacts();
const NAMESPACES = [...new Set(facts.map(({ module }) => module))].filter((module) => module !== 'client').sort();

type Methods = Record<string, unknown>;

/** The object whose methods a command's is. */
function holder(target: Methods, { module }: CommandFacts): Methods {
  return (module === 'client' ? target : target[module]) as Methods;
}

const client = createClient() as unknown as Methods & { multi(): Methods };
const TARGETS: Record<string, Methods> = { 'a client': client, 'a builder': client.multi() };

test('the facts name all commands', () => {
  assert.equal(facts.length, 561);
  assert.deepEqual(NAMESPACES, ['bf', 'cf', 'cms', 'ft', 'json', 'tDigest', 'topK', 'ts']);
});

for (const [name, target] of Object.entries(TARGETS)) {
  test(`the namespaces of ${name}`, () => {
    assert.deepEqual(NAMESPACES.filter((namespace) => !(namespace in target)), []);
  });

  describe(`the commands of ${name}`, () => {
    for (const one of facts) {
      test(`${one.module}.${one.method}`, () => {
        const methods = holder(target, one);
        assert.equal(typeof methods[one.method], 'function', one.method);
        assert.equal(typeof methods[one.upper], 'function', one.upper);
      });
    }
  });
}

test('a client has no other commands in its namespaces', () => {
  for (const namespace of NAMESPACES) {
    const known = new Set(facts.filter(({ module }) => module === namespace).flatMap(({ method, upper }) => [method, upper]));
    const names = Object.getOwnPropertyNames(Object.getPrototypeOf(client[namespace]));
    assert.deepEqual(names.filter((name) => !known.has(name)), [], namespace);
  }
});
