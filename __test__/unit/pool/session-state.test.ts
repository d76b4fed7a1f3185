import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COMMAND_TABLE } from '../../../lib/commands';
import { Left, SESSION_METHODS, leftAfter, nameNeedsOwnConnection, needsOwnConnection, waits } from '../../../lib/pool/session-state';

/** What a sequence of commands leaves. */
function after(...commands: (string | Buffer)[][]): number {
  return commands.reduce((left, words) => leftAfter(left, words), 0);
}

test('what commands leave on a connection, and what undoes it', () => {
  assert.equal(after(['GET', 'k'], ['CLIENT', 'ID'], ['SCRIPT', 'LOAD', 'x']), 0);
  assert.equal(after(['watch', 'k']), Left.Watch);
  assert.equal(after(['WATCH', 'k'], ['UNWATCH']), 0);
  assert.equal(after(['WATCH', 'k'], ['MULTI']), Left.Watch | Left.Multi);
  assert.equal(after(['WATCH', 'k'], ['MULTI'], ['exec']), 0);
  assert.equal(after(['MULTI'], ['SELECT', '3'], ['DISCARD']), Left.Database);
  assert.equal(after([Buffer.from('Client'), Buffer.from('no-evict'), 'on']), Left.Session);
  assert.equal(after(['CLIENT', 'REPLY', 'OFF']), Left.Broken);
  assert.equal(after(['SUBSCRIBE', 'c'], ['HELLO', '2']), Left.Session);
  assert.equal(after(['MONITOR']), Left.Broken);
  assert.equal(leftAfter(0, []), 0);
});

test('which commands need a connection of their own', () => {
  const own = [['BLPOP', 'l', '0'], ['wait', '1', '0'], ['WAITAOF'], ['BLMOVEM'], ['XREAD', 'COUNT', '1', 'block', '0', 'STREAMS', 's', '$'], ['SELECT', '1'], ['MULTI'], ['EXEC']];
  const shared = [['GET', 'BLPOP'], ['XREAD', 'STREAMS', 'BLOCK', '0'], ['XREADGROUP', 'GROUP', 'g', 'c', 'STREAMS', 's', '>'], ['CLIENT', 'LIST'], ['NONSENSE'], []];
  assert.deepEqual(own.filter((words) => !needsOwnConnection(words)), []);
  assert.deepEqual(shared.filter((words) => needsOwnConnection(words)), []);
  assert.deepEqual(['BLPOP', 'blpop', 'XREAD', 'SELECT'].map((name) => nameNeedsOwnConnection(name, false)), [true, true, true, true]);
  assert.deepEqual(['BLPOP', 'CLIENT SETNAME', 'SELECT', 'GET'].map((name) => nameNeedsOwnConnection(name, true)), [false, true, true, false]);
});

test('the typed commands that wait or change the connection', () => {
  const waiting = Object.keys(COMMAND_TABLE).filter((name) => waits(COMMAND_TABLE[name]?.name as string) !== false).sort();
  assert.deepEqual(waiting, [
    'blMove', 'blMoveM', 'blPop', 'blmPop', 'brPop', 'brPopLPush', 'bzPopMax', 'bzPopMin', 'bzmPop', 'wait', 'xRead', 'xReadGroup',
  ].sort());
  const changing = Object.entries(COMMAND_TABLE)
    .filter(([, { name }]) => leftAfter(0, (name as string).split(' ')) !== 0)
    .map(([method]) => method);
  assert.deepEqual(changing.filter((name) => name !== 'scriptDebug').sort(), [...SESSION_METHODS].sort());
});
