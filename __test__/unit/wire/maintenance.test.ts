/** Notices as the engine describes them, and deadlines during maintenance. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'node:test';
import { PushKind } from '../../../lib/wire/boundary.generated';
import { maintenanceKind, readNotice, RelaxedDeadlines, wordsOfNotice } from '../../../lib/wire/maintenance';

const nothing = { address: undefined, seconds: undefined, shards: undefined, moves: undefined };

test('notices have what the engine has found in them, and their words are those of the server', () => {
  const moving = readNotice(PushKind.Moving, 7, '{"seconds":15,"host":"h","port":1,"isRepeated":false}');
  assert.deepEqual(moving, { ...nothing, kind: 'MOVING', sequenceId: 7, seconds: 15, address: { host: 'h', port: 1 }, isRepeated: false });
  assert.deepEqual(wordsOfNotice(moving), ['MOVING', '7', '15', 'h:1']);
  const nowhere = readNotice(PushKind.Moving, 7, '{"seconds":15,"host":null,"isRepeated":true}');
  assert.deepEqual([nowhere.address, nowhere.isRepeated], [null, true]);
  assert.deepEqual(wordsOfNotice(nowhere), ['MOVING', '7', '15', 'null']);
  const ended = readNotice(PushKind.FailedOver, -1, '{"shards":"[1]","isRepeated":false}');
  assert.deepEqual(ended, { ...nothing, kind: 'FAILED_OVER', sequenceId: null, shards: '[1]', isRepeated: false });
  const moves = [{ source: 'a:1', target: 'b:2', slots: '1' }, { source: 'a:1', target: 'c:3', slots: '2-4' }];
  const migrated = readNotice(PushKind.ShardMigrated, 9, JSON.stringify({ moves, isRepeated: false }));
  assert.deepEqual(migrated, { ...nothing, kind: 'SMIGRATED', sequenceId: 9, moves, isRepeated: false });
  assert.deepEqual(wordsOfNotice(migrated), ['SMIGRATED', '9', 'a:1,b:2,1,a:1,c:3,2-4']);
});

test('only notices of maintenance have a kind', () => {
  const kinds = Array.from({ length: 20 }, (_, kind) => maintenanceKind(kind as PushKind)).filter((kind) => kind !== undefined);
  assert.deepEqual(kinds, ['MOVING', 'MIGRATING', 'MIGRATED', 'FAILING_OVER', 'FAILED_OVER', 'SMIGRATING', 'SMIGRATED']);
});

/** Less than a timer may be early or late. */
const near = (value: number, expected: number): void => assert.ok(value > expected - 500 && value <= expected, `${value} of ${expected}`);

test('without maintenance no deadline is extended', () => {
  const deadlines = new RelaxedDeadlines();
  deadlines.timeout = 10_000;
  assert.equal(deadlines.extension(performance.now()), 0);
  deadlines.relax(false);
  assert.equal(deadlines.extension(performance.now() - 5000), 0);
});

test('the relaxed timeout counts from the later of the start of the command and that of the maintenance', () => {
  const deadlines = new RelaxedDeadlines();
  deadlines.timeout = 10_000;
  const early = performance.now() - 60_000;
  deadlines.relax(true);
  near(deadlines.extension(early), 10_000);
  near(deadlines.extension(performance.now() + 3000), 13_000);
  assert.equal(deadlines.isRelaxed, true);
});

test('a command that overlaps with maintenance keeps its extension when that ends, a later one gets none', async () => {
  const deadlines = new RelaxedDeadlines();
  deadlines.timeout = 10_000;
  const early = performance.now();
  deadlines.relax(true);
  deadlines.relax(true);
  deadlines.relax(false);
  deadlines.relax(false);
  await sleep(2);
  near(deadlines.extension(early), 10_000);
  assert.equal(deadlines.extension(performance.now()), 0);
  assert.equal(deadlines.isRelaxed, false);
  // The next maintenance counts anew.
  deadlines.relax(true);
  near(deadlines.extension(performance.now()), 10_000);
});
