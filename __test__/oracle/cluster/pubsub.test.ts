// Pub/sub of clusters: channels, patterns and sharded channels.
import { onCluster, onEachCluster, sameOnCluster as same, type ClusterStage } from './stage';

/** A listener that adds to a log, and a way to wait for its length. */
function log({ until }: ClusterStage): { entries: unknown[]; listener: (name: string) => (message: unknown, channel: unknown) => void; filled: (length: number) => Promise<void> } {
  const entries: unknown[] = [];
  return {
    entries,
    listener: (name) => (message, channel) => void entries.push([name, message, channel]),
    filled: (length) => until(() => entries.length >= length, `${length} messages`),
  };
}

onEachCluster(() => {
  for (const RESP of [3, 2] as const) {
    same(`RESP${RESP}: listeners and their order`, async (stage) => {
      const { entries, listener, filled } = log(stage);
      const one = await stage.connected({ RESP: RESP as 3 });
      const first = listener('first');
      stage.note(await one.subscribe(['a', 'b'], first));
      await one.subscribe('a', listener('second'));
      await one.subscribe('a', first);
      await one.subscribe('a', listener('bytes'), true);
      await one.pSubscribe('a*', listener('pattern'));
      stage.note(typeof one.pubSubNode?.address, one.nodeByAddress.has(one.pubSubNode?.address as string));
      await one.publish('a', '1');
      await filled(4);
      await one.publish('b', '2');
      await filled(5);
      stage.note(entries);
    });

    same(`RESP${RESP}: sharded channels`, async (stage) => {
      const { entries, listener, filled } = log(stage);
      const one = await stage.connected({ RESP: RESP as 3 });
      const names = Array.from({ length: 12 }, (_, index) => `channel ${index}`);
      for (const name of names) stage.note(await one.sSubscribe(name, listener(name)));
      await one.sSubscribe(names[0] as string, listener('bytes'), true);
      stage.note(await Promise.all(names.map((name) => one.sPublish(name, `to ${name}`))));
      await filled(names.length + 1);
      stage.note(entries.map((entry) => JSON.stringify(entry)).sort());
      await one.sUnsubscribe(names[0] as string);
      stage.note(await one.sPublish(names[0] as string, 'x'), await one.sPublish(names[1] as string, 'y'));
      await filled(names.length + 2);
      for (const name of names.slice(1)) await one.sUnsubscribe(name);
      stage.note(await Promise.all(names.map((name) => one.sPublish(name, 'z'))));
    });
  }

  same('sharded channels of one slot in one call', async (stage) => {
    const { entries, listener, filled } = log(stage);
    const one = await stage.connected();
    await one.sSubscribe(['{a}1', '{a}2'], listener('tag'));
    stage.note(await one.sPublish('{a}1', 'x'), await one.sPublish('{a}2', 'y'));
    await filled(2);
    await one.sUnsubscribe(['{a}1', '{a}2']);
    stage.note(entries, await one.sPublish('{a}1', 'x'));
  });

  same('sharded channels of several slots in one call', async (stage) => {
    const { entries, listener } = log(stage);
    const one = await stage.connected();
    const subscribed = one.sSubscribe(['a', 'b', 'c'], listener('several')).then(() => 'subscribed', (error: Error) => error.message.split(' ')[0]);
    stage.note(await subscribed);
    if (await subscribed !== 'subscribed') return;
    for (const name of ['a', 'b', 'c']) await one.sPublish(name, 'x');
    await stage.until(() => entries.length === 3);
    stage.note(entries.map(String).sort());
  }, {
    reason: 'sharded channels of several slots may be subscribed in one call; npm redis rejects with CROSSSLOT',
    ours: [['subscribed'], [['several,x,a', 'several,x,b', 'several,x,c']]],
  });
});

onCluster('default', () => {
  same('unsubscribing', async (stage) => {
    const { listener } = log(stage);
    const { note, outcome } = stage;
    const one = await stage.connected();
    const counts = async (channel: string): Promise<number> => {
      const replies = await Promise.all(stage.servers.nodes.map((node) => node.call('PUBSUB', 'NUMSUB', channel)));
      return replies.reduce((sum: number, reply) => sum + Number((reply as unknown[])[1]), 0);
    };
    const [first, second] = [listener('first'), listener('second')];
    await outcome('before any', one.unsubscribe('nothing'));
    note(one.pubSubNode === undefined);
    await one.subscribe(['a', 'b'], first);
    await one.subscribe('a', second);
    note(await counts('a'), await counts('b'), one.pubSubNode === undefined);
    await outcome('unknown channel', one.unsubscribe('nothing'));
    await outcome('unknown listener', one.unsubscribe('a', () => undefined));
    await one.unsubscribe('a', first);
    note(await counts('a'));
    await one.unsubscribe('a', second);
    note(await counts('a'), one.pubSubNode === undefined);
    await one.pSubscribe('p*', first);
    await outcome('all channels', one.unsubscribe());
    note(await counts('b'), one.pubSubNode === undefined);
    await outcome('all patterns', one.pUnsubscribe());
    note(one.pubSubNode === undefined);
    await outcome('again', one.subscribe('a', first));
    note(await counts('a'));
    await outcome('sharded nothing', one.sUnsubscribe('nothing'));
    await one.sSubscribe('s', first);
    await outcome('sharded listener', one.sUnsubscribe('s', second));
    note(await one.sPublish('s', 'x'));
    await outcome('sharded', one.sUnsubscribe('s', first));
    note(await one.sPublish('s', 'x'));
  });

  same('a subscriber may do everything else', async ({ connected, outcome }) => {
    const one = await connected({ RESP: 2 as never });
    await one.subscribe('a', () => undefined);
    await one.sSubscribe('b', () => undefined);
    await outcome('set', one.set('k', 'v'));
    await outcome('mGet', one.mGet(['a', 'b', 'k']));
    await outcome('multi', one.multi().get('k').exec());
    await outcome('ping', one.ping());
  });

  same('a listener that throws', async ({ connected, until, note }) => {
    const one = await connected();
    const seen: unknown[] = [];
    await one.subscribe('a', (message) => seen.push(message));
    await one.publish('a', '1');
    await until(() => seen.length === 1);
    note(seen);
  });

  same('bad arguments', async ({ connected, outcome }) => {
    const one = await connected();
    await outcome('number', one.subscribe(5 as never, () => undefined).catch((error: Error) => error.constructor.name));
    await outcome('null', one.pSubscribe(null as never, () => undefined).catch((error: Error) => error.constructor.name));
    await outcome('next', one.subscribe('a', () => undefined));
  });

  same('subscriptions end with close()', async ({ connected, outcome, note, servers }) => {
    const one = await connected();
    await one.subscribe('a', () => undefined);
    await one.pSubscribe('p*', () => undefined);
    await one.sSubscribe('s', () => undefined);
    await one.close();
    note(one.pubSubNode === undefined);
    const replies = await Promise.all(servers.nodes.map((node) => node.call('PUBSUB', 'SHARDNUMSUB', 's')));
    note(replies);
    await outcome('closed', one.subscribe('a', () => undefined));
    await one.connect();
    note(one.pubSubNode === undefined, await one.publish('a', 'x'));
    await outcome('again', one.subscribe('a', () => undefined));
  });
});
