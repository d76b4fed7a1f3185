import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { VerbatimString as TheirVerbatimString } from '@redis/client/dist/lib/RESP/verbatim-string';
import { VerbatimString } from '../../../lib/wire/verbatim-string';

test('a verbatim string is a String with a format, like that of npm redis', () => {
  const ours = new VerbatimString('mkd', '# title');
  const theirs = new TheirVerbatimString('mkd', '# title');
  assert.ok(ours instanceof VerbatimString && ours instanceof String);
  assert.equal(inspect(ours), inspect(theirs));
  assert.equal(ours.toString(), '# title');
  assert.equal(ours.length, 7);
  assert.equal(ours.format, 'mkd');
  assert.equal(ours.toUpperCase(), '# TITLE');
  assert.equal(JSON.stringify(ours), JSON.stringify(theirs));
  assert.deepEqual(Object.entries(ours), Object.entries(theirs));
  assert.equal(VerbatimString.name, 'VerbatimString');
});

test('it can be extended', () => {
  class Markdown extends VerbatimString {
    constructor(text: string) {
      super('mkd', text);
    }
  }
  const text = new Markdown('# a');
  assert.ok(text instanceof Markdown && text instanceof VerbatimString && text instanceof String);
  assert.equal(text.toString(), '# a');
});

test('nothing inherits from String.prototype before the first one is made', () => {
  const script = `
    const { VerbatimString } = require(${JSON.stringify(require.resolve('../../../lib/wire/verbatim-string'))});
    const before = VerbatimString.prototype instanceof String;
    new VerbatimString('txt', 'a');
    console.log(before, VerbatimString.prototype instanceof String);`;
  assert.equal(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' }), 'false true\n');
});
