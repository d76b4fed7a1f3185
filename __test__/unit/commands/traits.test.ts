/** The table of what commands do to connections and caches. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GENERATED_METADATA } from '../../../lib/commands/metadata.generated';
import { BLOCKING } from '../../../lib/commands/metadata-bits';
import { Trait, flagsOf, traitsOf, traitsOfWords } from '../../../lib/commands/traits';
import { FLAG_BLOCKING, FLAG_READ } from '../../../lib/wire/boundary.generated';
import { asDeclared } from '../../../lib/wire/command-flags';

test('names and words give the same, in any case of letters', () => {
  const cases: [string[], number][] = [
    [['GET', 'key'], Trait.None],
    [['SET', 'key', 'value'], Trait.Writes],
    [['client', 'no-evict', 'on'], Trait.ChangesSession | Trait.Restored],
    [['CLIENT', 'LIST'], Trait.None],
    [['CLIENT'], Trait.None],
    [['script', 'debug', 'yes'], Trait.Breaks],
    [['EXEC'], Trait.ClosesMulti | Trait.Unwatches],
    [['no.such', 'words'], Trait.Writes],
  ];
  for (const [words, traits] of cases) {
    assert.equal(traitsOfWords(words), traits, words.join(' '));
    assert.equal(traitsOfWords(words.map((word) => Buffer.from(word))), traits, `${words.join(' ')} as Buffers`);
  }
  assert.equal(traitsOf('CLIENT TRACKING'), Trait.ChangesSession | Trait.Restored | Trait.Untracks);
  assert.equal(traitsOf('CONFIG GET'), Trait.None);
});

test('every command that the servers call blocking blocks, or may', () => {
  const blocking = Object.entries(GENERATED_METADATA).filter(([, [bits]]) => (bits & BLOCKING) !== 0).map(([name]) => name);
  assert.ok(blocking.length >= 12, blocking.join());
  for (const name of blocking) assert.ok((traitsOf(name) & (Trait.Blocks | Trait.MayBlock)) !== 0, name);
});

test('only commands that may run twice are told to the engine as reads', () => {
  for (const name of ['GET', 'mget', 'DBSIZE', 'PING', 'INFO', 'EVAL_RO', 'FT.SEARCH', 'CLIENT LIST']) assert.equal(flagsOf(name), FLAG_READ, name);
  for (const name of ['SET', 'TOUCH', 'PUBLISH', 'spublish', 'AUTH', 'ASKING', 'READONLY', 'SCRIPT DEBUG', 'CLIENT TRACKING', 'NOSUCH']) assert.equal(flagsOf(name), 0, name);
  assert.equal(flagsOf('XREAD'), FLAG_READ | FLAG_BLOCKING);
});

test('what a user declares of a command counts', () => {
  const parseCommand = (): void => undefined;
  assert.equal(asDeclared(FLAG_BLOCKING, { parseCommand, IS_READ_ONLY: true }), FLAG_READ | FLAG_BLOCKING);
  assert.equal(asDeclared(FLAG_READ, { parseCommand, IS_READ_ONLY: false }), 0);
  for (const command of [undefined, { parseCommand }, { parseCommand, name: 'PUBLISH', IS_READ_ONLY: true }]) assert.equal(asDeclared(FLAG_BLOCKING, command), FLAG_BLOCKING);
});

test('words that nobody has seen do not fill the memory', () => {
  for (let i = 0; i < 5000; i++) assert.equal(traitsOf(`NEW${i}`), Trait.Writes);
  assert.equal(traitsOf('SELECT'), Trait.Selects);
});
