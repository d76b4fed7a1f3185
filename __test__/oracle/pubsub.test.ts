import { same, withServer, type Stage } from './compare';

withServer();

const RESPS = [3, 2] as const;

/** A listener that adds to a log, and a way to wait for its length. */
function log({ until }: Stage): { entries: unknown[]; listener: (name: string) => (message: unknown, channel: unknown) => void; filled: (length: number) => Promise<void> } {
  const entries: unknown[] = [];
  return {
    entries,
    listener: (name) => (message, channel) => void entries.push([name, message, channel]),
    filled: (length) => until(() => entries.length >= length),
  };
}

for (const RESP of RESPS) {
  same(`RESP${RESP}: listeners and their order`, async (stage) => {
    const { connected, note, server } = stage;
    const { entries, listener, filled } = log(stage);
    const one = await connected({ RESP });
    const first = listener('first');
    note(await one.subscribe(['a', 'b'], first));
    await one.subscribe('a', listener('second'));
    await one.subscribe('a', first);
    await one.subscribe('a', listener('bytes'), true);
    await one.pSubscribe('a*', listener('pattern'));
    await one.sSubscribe('s', listener('sharded'));
    note(await server.command('PUBLISH', 'a', '1'), await server.command('PUBLISH', 'b', '2'), await server.command('SPUBLISH', 's', '3'));
    await filled(6);
    note(entries, one.isPubSubActive);
    note([...one.getPubSubListeners('CHANNELS')].map(([name, { buffers, strings }]) => [name, buffers.size, strings.size]));
  });

  same(`RESP${RESP}: unsubscribing`, async (stage) => {
    const { connected, note, outcome, server } = stage;
    const { listener } = log(stage);
    const one = await connected({ RESP });
    const [first, second] = [listener('first'), listener('second')];
    await one.subscribe(['a', 'b'], first);
    await one.subscribe('a', second);
    await outcome('unknown channel', one.unsubscribe('nothing'));
    await outcome('unknown listener', one.unsubscribe('a', () => undefined));
    await one.unsubscribe('a', first);
    note(await server.command('PUBLISH', 'a', '1'));
    await one.unsubscribe('a', second);
    note(await server.command('PUBLISH', 'a', '1'), one.isPubSubActive);
    await one.pSubscribe('p*', first);
    await outcome('all channels', one.unsubscribe());
    note(await server.command('PUBLISH', 'b', '1'), await server.command('PUBLISH', 'px', '1'), one.isPubSubActive);
    await outcome('all patterns', one.pUnsubscribe());
    note(one.isPubSubActive);
  });

  same(`RESP${RESP}: subscriptions survive reconnects`, async (stage) => {
    const { connected, idOf, kill, next, note, server } = stage;
    const { entries, listener, filled } = log(stage);
    const one = await connected({ RESP });
    const id = await idOf(one);
    await one.subscribe('a', listener('channel'));
    await one.pSubscribe('b*', listener('pattern'));
    await one.sSubscribe('s', listener('sharded'));
    const ready = next(one, 'ready');
    await kill(id);
    await ready;
    await stage.until(async () => (await server.command('PUBSUB', 'NUMSUB', 'a') as unknown[])[1] === 1
      && (await server.command('PUBSUB', 'SHARDNUMSUB', 's') as unknown[])[1] === 1 && (await server.command('PUBSUB', 'NUMPAT')) === 1);
    await server.command('PUBLISH', 'a', '1');
    await server.command('PUBLISH', 'bb', '2');
    await server.command('SPUBLISH', 's', '3');
    await filled(3);
    note(entries);
  });
}

same('RESP2: what a subscriber may do', async ({ connected, outcome }) => {
  const one = await connected({ RESP: 2 });
  await one.subscribe('a', () => undefined);
  await outcome('get', one.get('k').catch((error: Error) => Promise.reject(new Error(error.message.slice(0, 30)))));
  await outcome('ping', one.ping());
  await outcome('ping text', one.ping('x'));
  await one.unsubscribe('a');
  await outcome('normal', one.get('k'));
});

same('RESP2: the first command after the last subscription', async ({ connected, note }) => {
  const one = await connected({ RESP: 2 });
  await one.subscribe('a', () => undefined);
  await one.unsubscribe();
  note(await one.set('k', 'v'), await one.set('k', 'v'));
}, { reason: 'after the last unsubscribe in RESP2 replies are strings; npm redis gives a Buffer for the first one', ours: [['OK', 'OK']] });

same('subscriptions before connect(), and after close()', async (stage) => {
  const { client, note, server } = stage;
  const { entries, listener, filled } = log(stage);
  const one = client();
  const subscribed = one.subscribe('a', listener('one'));
  note(one.isPubSubActive);
  await one.connect();
  await subscribed;
  await server.command('PUBLISH', 'a', '1');
  await filled(1);
  await one.close();
  note(one.isPubSubActive, one.getPubSubListeners('CHANNELS').size);
  await one.connect();
  await stage.until(async () => (await server.command('PUBLISH', 'a', '2')) === 1);
  await filled(2);
  note(entries);
});

same('listeners that throw, or are none', async ({ connected, note, until, server }) => {
  const one = await connected();
  const errors: string[] = [];
  one.on('error', (error: Error) => errors.push(`${error.constructor.name} ${error.message}`));
  await one.subscribe('a', () => {
    throw new Error('boom');
  });
  await one.subscribe('b', undefined as never);
  // One by one: npm redis loses what comes in the same chunk behind a message whose listener throws.
  for (const [index, channel] of ['a', 'a', 'b'].entries()) {
    await server.command('PUBLISH', channel, '1');
    await until(() => errors.length > index);
  }
  note(errors, await one.ping());
});

same('a refused subscription', async ({ connected, outcome, server, note }) => {
  await server.command('ACL', 'SETUSER', 'limited', 'on', '>pw', '+@all', '~*', '&allowed');
  const one = await connected({ username: 'limited', password: 'pw' });
  await outcome('allowed', one.subscribe('allowed', () => undefined));
  await outcome('refused', one.subscribe('other', () => undefined));
  note([...one.getPubSubListeners('CHANNELS').keys()]);
});

same('bad channels', async ({ connected, outcome }) => {
  const one = await connected();
  await outcome('number', one.subscribe(5 as unknown as string, () => undefined));
  await outcome('nothing', one.subscribe(undefined as unknown as string, () => undefined));
  await outcome('empty', one.subscribe([], () => undefined));
});

same('monitor and reset', async ({ connected, note, until, outcome, server }) => {
  const one = await connected({ database: 1 });
  await one.select(3);
  const lines: string[] = [];
  note(await one.monitor((line) => lines.push(line as string)));
  await server.command('SET', 'seen', 'v');
  await until(() => lines.some((line) => line.includes('seen')));
  note(/^\d+\.\d+ \[0 \S+\] "SET" "seen" "v"$/.test(lines.find((line) => line.includes('seen')) ?? ''));
  await outcome('reset', one.reset());
  await outcome('normal', one.get('k'));
  note(one.isPubSubActive, one.isWatching);
});

same('the database after reset()', async ({ connected, note }) => {
  const one = await connected({ database: 1 });
  await one.select(3);
  await one.reset();
  note((await one.clientInfo()).db);
}, { reason: '`reset()` goes back to the database of the options, as documented; npm redis selects the last one again', ours: [[1]] });
