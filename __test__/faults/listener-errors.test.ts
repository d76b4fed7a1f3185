/** What becomes of the exceptions of a client's listeners, beside npm `redis` where it has a good answer. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { REPOSITORY } from '../support/paths';
import { runProgram } from './run-program';

/** Runs situations in a process of their own. @returns what happened in each */
async function play(library: string, cases: readonly string[]): Promise<Map<string, string[]>> {
  const { code, stdout, stderr } = await runProgram('listener-errors.js', library, ...cases);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  return new Map(stdout.trim().split('\n').map((line) => JSON.parse(line) as [string, string[]]));
}

const OPENED = ['connect', 'ready', 'connected', 'open, ready', 'get v'];
const LOST = 'Socket closed unexpectedly';
const FAILED = [`error: ${LOST}`, 'reconnecting', 'connect'];
const GIVEN_UP = ['connect', 'ready', 'connected', '-- loss', 'strategy 0', 'terminated: enough'];

/** As with npm `redis`: the listener that throws is one of the named event; `unheard`: nobody listens to `error`. */
const SAME: Record<string, string[]> = {
  'open,none,heard': [...OPENED, 'end', 'destroyed', 'closed'],
  'open,end,heard': [...OPENED, 'end', 'destroy() threw: from end', 'closed'],
  'closed,none,heard': [...OPENED, 'end', 'close()', 'closed'],
  'closed,end,heard': [...OPENED, 'end', 'close(): from end', 'closed'],
  'given-up,none,heard': [...GIVEN_UP, `error: ${LOST}`, 'closed', 'destroyed', 'closed'],
  'given-up,none,unheard': [...GIVEN_UP, `uncaught: ${LOST}`, 'closed', 'destroyed', 'closed'],
  'given-up,error,heard': [...GIVEN_UP, `error: ${LOST}`, 'uncaught: from error', 'closed', 'destroyed', 'closed'],
  'given-up,terminated,heard': [...GIVEN_UP, 'uncaught: from terminated', 'closed', 'destroyed', 'closed'],
  'given-up,terminated,unheard': [...GIVEN_UP, 'uncaught: from terminated', 'closed', 'destroyed', 'closed'],
  'refused,none,heard': [
    'connect', 'strategy 0', ...FAILED, 'strategy 1', ...FAILED, 'strategy 2', 'terminated: enough', `error: ${LOST}`,
    'connected: enough', 'closed', 'destroyed', 'closed',
  ],
  'refused,terminated,heard': [
    'connect', 'strategy 0', ...FAILED, 'strategy 1', ...FAILED, 'strategy 2', 'terminated: enough', 'connected: from terminated',
    'closed', 'destroyed', 'closed',
  ],
};

/** The same rejection or event as with npm `redis`, which leaves the client open with commands that never settle. */
const CLOSED: Record<string, string[]> = {
  'refused,error,heard': ['connect', 'strategy 0', `error: ${LOST}`, 'connected: from error'],
  'refused,reconnecting,heard': ['connect', 'strategy 0', `error: ${LOST}`, 'reconnecting', 'connected: from reconnecting'],
  'refused,none,unheard': ['connect', 'strategy 0', `connected: ${LOST}`],
  // npm `redis` asks its strategy, too.
  'open,connect,unheard': ['connect', 'connected: from connect'],
  'open,ready,unheard': ['connect', 'ready', 'connected: from ready'],
};

test('exceptions of listeners go where those of npm redis go', async () => {
  const cases = Object.keys(SAME);
  assert.deepEqual(Object.fromEntries(await play('redis', cases)), SAME, 'npm redis');
  assert.deepEqual(Object.fromEntries(await play(REPOSITORY, cases)), SAME, 'oxredis');
});

test('during connect() they end it, and the client is closed', async () => {
  for (const [one, lines] of await play(REPOSITORY, Object.keys(CLOSED))) {
    assert.deepEqual(lines, [...CLOSED[one] as string[], 'closed', 'destroyed', 'closed'], one);
  }
  for (const [one, lines] of await play('redis', Object.keys(CLOSED))) {
    const expected = CLOSED[one] as string[];
    assert.deepEqual(lines.filter((line) => expected.includes(line)), expected, `npm redis, ${one}`);
  }
});

test('what a listener of connect or ready throws becomes an error, and the connection lives on', async () => {
  const lines = await play(REPOSITORY, ['open,connect,heard', 'open,ready,heard']);
  const rest = ['open, ready', 'get v', 'end', 'destroyed', 'closed'];
  assert.deepEqual(lines.get('open,connect,heard'), ['connect', 'error: from connect', 'ready', 'connected', ...rest]);
  assert.deepEqual(lines.get('open,ready,heard'), ['connect', 'ready', 'error: from ready', 'connected', ...rest]);
});

test('an outage gives one uncaught exception, and the client comes back', async () => {
  const cases = ['lost,none,unheard', 'lost,error,heard', 'lost,reconnecting,heard', 'lost,reconnecting,unheard'];
  for (const [one, lines] of await play(REPOSITORY, cases)) {
    const uncaught = lines.filter((line) => line.startsWith('un'));
    assert.deepEqual(uncaught, [one.endsWith('unheard') ? `uncaught: ${LOST}` : `uncaught: from ${one.split(',')[1]}`], one);
    assert.ok(lines.filter((line) => line.startsWith('strategy')).length >= 3, `${one}: ${lines.join()}`);
    assert.deepEqual(lines.slice(-5), ['open, ready', 'get v', 'end', 'destroyed', 'closed'], one);
  }
});

test('an outage that is heard of gives none', async () => {
  const lines = (await play(REPOSITORY, ['lost,none,heard'])).get('lost,none,heard') as string[];
  assert.deepEqual(lines.filter((line) => line.startsWith('un')), []);
  assert.deepEqual(lines.slice(-5), ['open, ready', 'get v', 'end', 'destroyed', 'closed']);
});
