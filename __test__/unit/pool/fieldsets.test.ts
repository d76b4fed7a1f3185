// HIMPORT on a pool: its clients have the same fieldsets.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClientPool } from '../../../lib';
import { reply } from '../../support/resp';
import { startScriptedServer } from '../../support/scripted-server';

test('a fieldset that one client has prepared is prepared on another one right before it is used', async () => {
  const server = await startScriptedServer({
    onCommand: ([name, second]) => {
      if (name === 'HIMPORT') return second === 'SET' || second === 'DISCARD' ? ':1\r\n' : reply.ok;
      return name === 'BLPOP' ? reply.array([reply.bulk('l'), reply.bulk('x')]) : undefined;
    },
  });
  const pool = createClientPool({ socket: { port: server.port, host: '127.0.0.1' }, keyPrefix: 'p:' }, { minimum: 2, maximum: 2 });
  pool.on('error', () => undefined);
  await pool.connect();
  assert.equal(await pool.hImportPrepare('user', ['name', 'year']), 'OK');
  const imported = (): string[][] => server.connections.map(({ commands }) =>
    commands.filter(([name]) => name === 'HIMPORT').map((words) => words.slice(1).join(' ')));
  const used = imported().findIndex((words) => words.length > 0);
  let finish!: () => void;
  const holding = pool.execute((client) => {
    assert.equal(typeof client.hImportSet, 'function');
    return new Promise<void>((resolve) => {
      finish = resolve;
    });
  });
  // The client that was used last is lent: another one serves.
  assert.equal(await pool.hImportSet('key', 'user', ['Ada', '1815']), 1);
  finish();
  await holding;
  assert.deepEqual(imported()[used], ['PREPARE user name year']);
  assert.deepEqual(imported()[1 - used], ['PREPARE user name year', 'SET p:key user Ada 1815']);
  assert.equal(await pool.hImportDiscard('user'), 1);
  await assert.rejects(pool.multi().hImportDiscard('user').exec(), /not supported inside MULTI/);
  await pool.close();
  await server.stop();
});
