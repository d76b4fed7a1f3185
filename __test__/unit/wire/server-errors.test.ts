/** What errors of the server say of themselves, and that nothing of it shows. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { ErrorReply, MultiErrorReply, SimpleError, type RetryVerdict, type ServerErrorKind } from '../../../lib';
import { isMissingFieldset } from '../../../lib/server-errors';

test('kind and verdict follow from the first word', () => {
  const texts: [text: string, kind: ServerErrorKind, retry: RetryVerdict][] = [
    ['WRONGTYPE Operation against a key holding the wrong kind of value', 'WRONGTYPE', 'never'],
    ['NOSCRIPT No matching script. Please use EVAL.', 'NOSCRIPT', 'never'],
    ['LOADING Redis is loading the dataset in memory', 'LOADING', 'delay'],
    ['MOVED 3999 127.0.0.1:6381', 'MOVED', 'redirect'],
    ['ASK 3999 127.0.0.1:6381', 'ASK', 'redirect'],
    ["READONLY You can't write against a read only replica.", 'READONLY', 'reconnect'],
    ['CLUSTERDOWN Hash slot not served', 'CLUSTERDOWN', 'refresh'],
    ['ERR unknown command', 'ERR', 'never'],
    ['BUSY', 'BUSY', 'delay'],
    // Not the first word, not in upper case, more than the word, or none that servers use: nothing is known of them.
    ['BUSYBODY', 'ERR', 'never'],
    ['MOVED: no', 'ERR', 'never'],
    ['moved 1 a:1', 'ERR', 'never'],
    ['ERR MOVED 1', 'ERR', 'never'],
    ['MINE own error of a script', 'ERR', 'never'],
    ['', 'ERR', 'never'],
  ];
  for (const [text, kind, retry] of texts) {
    const error = new SimpleError(text);
    assert.deepEqual([error.kind, error.retry], [kind, retry], text);
  }
  const several = new MultiErrorReply([new SimpleError('LOADING x')], [0]);
  assert.deepEqual([several.kind, several.retry], ['ERR', 'never']);
});

test('nothing of it is to be seen where errors are compared or shown', () => {
  const error = new SimpleError('LOADING x');
  assert.deepEqual([Object.keys(error), JSON.stringify(error)], [[], '{}']);
  assert.doesNotMatch(inspect(error), /kind|retry/);
});

test('users may assign both', () => {
  const error = Object.assign(new ErrorReply('LOADING x'), { kind: 'ERR', retry: 'never' } as const);
  assert.deepEqual([error.kind, error.retry, Object.keys(error)], ['ERR', 'never', ['kind', 'retry']]);
});

test('a missing fieldset is told by its words, as nothing else tells', () => {
  assert.ok(isMissingFieldset('ERR no such fieldset'));
  assert.ok(!isMissingFieldset('ERR wrong number of arguments'));
});
