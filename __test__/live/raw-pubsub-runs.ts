/** SUBSCRIBE and its kin as raw commands, alone, in pipelines and in transactions: every reply goes to its caller. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ErrorReply, type RedisClientType } from '../../lib';
import type { ServerVersion } from '../support/server-program';
import { killed, liveStage, until } from './stage';

const NAMES = ['SUBSCRIBE', 'PSUBSCRIBE', 'SSUBSCRIBE'] as const;

/** Replies of the commands around something: in RESP2 a subscriber may only ping. */
async function between<T>(client: RedisClientType, run: () => Promise<T>): Promise<T> {
  const before = client.echo('before');
  const result = run();
  const after = [client.ping('1'), client.ping('2'), client.ping('3')];
  const [got, first, ...pongs] = await Promise.all([result, before, ...after]);
  assert.equal(first, 'before');
  // In RESP2 a subscriber's PING is answered by a list.
  assert.deepEqual(pongs.map((pong) => (Array.isArray(pong) ? String(pong[1]) : pong)), ['1', '2', '3']);
  return got;
}

export function rawPubSubTests(version?: ServerVersion): void {
  const stage = liveStage(version === undefined ? {} : { version });
  const { connected } = stage;

  for (const RESP of [3, 2] as const) {
    for (const name of NAMES) {
      const ending = name.replace('SUB', 'UNSUB');
      const word = name.toLowerCase();

      test(`RESP${RESP}: ${name} and ${ending}`, async () => {
        const client = await connected({ RESP });
        assert.deepEqual(await between(client, () => client.sendCommand([name, 'a{1}'])), [word, 'a{1}', 1]);
        assert.deepEqual(await client.sendCommand([word, 'b{1}', 'c{1}', 'b{1}']), [word, 'b{1}', 3]);
        const publish = name === 'SSUBSCRIBE' ? 'SPUBLISH' : 'PUBLISH';
        const pongs = [];
        for (let i = 0; i < 5; i++) {
          pongs.push(client.ping(`p${i}`));
          assert.equal(await stage.server.command(publish, 'b{1}', 'm'), 1);
        }
        assert.deepEqual((await Promise.all(pongs)).map((pong) => (Array.isArray(pong) ? String(pong[1]) : pong)), ['p0', 'p1', 'p2', 'p3', 'p4']);
        assert.deepEqual(await client.sendCommand([ending, 'b{1}', 'nothing{1}']), [ending.toLowerCase(), 'nothing{1}', 2]);
        assert.equal((await client.sendCommand<unknown[]>([ending]))[2], 0);
        assert.deepEqual(await between(client, () => client.sendCommand([ending])), [ending.toLowerCase(), null, 0]);
        assert.equal(await client.echo('free'), 'free');
        await client.sendCommand([name, 'a{1}']);
        await killed(stage, RESP === 2 ? await unsubscribed(client, ending) : client);
        assert.equal(await client.echo('again'), 'again');
      });

      test(`RESP${RESP}: ${name} in a pipeline`, async () => {
        const client = await connected({ RESP });
        const replies = await between(client, () =>
          client.multi().echo('x').addCommand([name, 'a{1}', 'b{1}']).addCommand([ending]).echo('y').execAsPipeline());
        assert.equal(replies.length, 4);
        assert.deepEqual([replies[0], (replies[1] as unknown as unknown[])[1], (replies[2] as unknown as unknown[])[2], replies[3]], ['x', 'b{1}', 0, 'y']);
      });

      test(`RESP${RESP}: ${name} in a transaction`, async () => {
        const client = await connected({ RESP });
        const outcome = await between(client, () => client.multi().addCommand([name, 'a{1}']).addCommand([ending, 'a{1}']).echo('x').exec()
          .catch((error: { replies: unknown[] }) => error.replies)) as unknown[];
        // Some servers refuse sharded subscriptions there.
        if (!(outcome[0] instanceof Error)) assert.deepEqual(outcome[0], [word, 'a{1}', 1]);
        assert.deepEqual([outcome.length, outcome[2]], [3, 'x']);
        await client.sendCommand(['MULTI']);
        assert.equal(await client.sendCommand([name, 'a{1}']), 'QUEUED');
        const single = await client.sendCommand<unknown[]>(['EXEC']);
        assert.equal(single.length, 1);
        assert.equal(String(await client.ping()).toUpperCase(), 'PONG');
      });

      test(`RESP${RESP}: ${name} of several channels in a transaction`, async () => {
        const client = await connected({ RESP });
        for (const words of [[name, 'a', 'b'], [ending], [word, 'a', 'b', 'c']]) {
          await assert.rejects(between(client, () => client.multi().set('ran', '1').addCommand(words).exec()), (error: Error & { code?: string }) => {
            assert.deepEqual([error.name, error.code], ['TypeError', 'OXREDIS_SUBSCRIBE_IN_TRANSACTION']);
            return true;
          });
        }
        assert.equal(await client.exists('ran'), 0, 'nothing was sent');
        // By hand the connection is lost before anybody gets the reply of another.
        const multi = client.sendCommand(['MULTI']);
        const rest = [client.sendCommand([name, 'a{1}', 'b{1}']), client.sendCommand(['EXEC']), client.echo('not this')];
        assert.equal(await multi, 'OK');
        for (const settled of await Promise.allSettled(rest)) assert.equal(settled.status, 'rejected');
        assert.equal(await client.echo('this'), 'this');
      });
    }

    test(`RESP${RESP}: refusals`, async () => {
      const client = await connected({ RESP });
      for (const words of [['SUBSCRIBE'], ['PSUBSCRIBE'], ['SSUBSCRIBE']]) {
        await assert.rejects(between(client, () => client.sendCommand(words)), ErrorReply);
      }
      await assert.rejects(between(client, () => client.eval("return redis.call('SUBSCRIBE', 'a')")), ErrorReply);
      await stage.server.command('ACL', 'SETUSER', 'limited', 'reset', 'on', '>p', '~*', 'resetchannels', '&ok', '+@all');
      await client.auth({ username: 'limited', password: 'p' });
      for (const name of NAMES) {
        await assert.rejects(between(client, () => client.sendCommand([name, 'ok', 'no'])), { code: 'NOPERM' });
        await assert.rejects(between(client, () => client.multi().addCommand([name, 'no']).exec()), { code: 'NOPERM' });
      }
    });

    test(`RESP${RESP}: beside subscriptions of the client`, async () => {
      const client = await connected({ RESP });
      const heard: string[] = [];
      await client.subscribe('mine', (message) => heard.push(message));
      await client.sendCommand(['SUBSCRIBE', 'raw']);
      await client.unsubscribe();
      assert.equal(await client.echo('free'), 'free');
      await client.subscribe('mine', (message) => heard.push(message));
      assert.equal(await stage.server.command('PUBLISH', 'mine', 'x'), 1);
      await until(() => heard.length === 1, 'the message');
      await client.sendCommand(['UNSUBSCRIBE']);
      assert.equal(await client.echo('free'), 'free');
    });
  }
}

async function unsubscribed(client: RedisClientType, ending: string): Promise<RedisClientType> {
  await client.sendCommand([ending]);
  return client;
}
