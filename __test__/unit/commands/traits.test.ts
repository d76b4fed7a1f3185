/** The table of what commands do to connections and caches. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GENERATED_METADATA } from '../../../lib/commands/metadata.generated';
import { BLOCKING } from '../../../lib/commands/metadata-bits';
import { Trait, traitsOf, traitsOfWords } from '../../../lib/commands/traits';

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

test('words that nobody has seen do not fill the memory', () => {
  for (let i = 0; i < 5000; i++) assert.equal(traitsOf(`NEW${i}`), Trait.Writes);
  assert.equal(traitsOf('SELECT'), Trait.Selects);
});
