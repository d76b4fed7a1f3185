import { same, withServer } from './compare';

withServer();

same('bad arguments reject their command only', async ({ connected, outcome }) => {
  const one = await connected();
  const bad = [undefined, null, 5, true, 5n, new Date(0), new Uint8Array(2), {}, Symbol.iterator];
  for (const value of bad) await outcome('get', one.get(value as unknown as string));
  for (const value of bad.slice(0, 8)) await outcome('raw', one.sendCommand(['SET', 'k', value as unknown as string]));
  await outcome('lPush', one.lPush('l', 5 as unknown as string));
  await outcome('member', one.sAdd('s', [5 as unknown as string]));
  await outcome('cursor', one.scan(0 as unknown as string));
  await outcome('value', one.set('k', 5));
  await outcome('option', one.set('k', 'v', { EX: undefined }));
  await outcome('getEx', one.getEx('k', undefined as never));
  await outcome('del', one.del([]));
  await outcome('still', one.get('k'));
});

same('sendCommand', async ({ connected, outcome, lib }) => {
  const one = await connected({ keyPrefix: 'p:' });
  await outcome('set', one.sendCommand(['SET', 'k', Buffer.from([0, 255])]));
  await outcome('get', one.sendCommand(['GET', 'k'], { typeMapping: { [lib.RESP_TYPES.BLOB_STRING]: Buffer } }));
  await outcome('typed', one.get('k'));
  await outcome('error', one.sendCommand(['CLIENT', 'NOPE']));
  await outcome('map', one.sendCommand(['CONFIG', 'GET', 'maxmemory-policy']));
});

same('sendCommand([])', async ({ connected, note, outcome }) => {
  const one = await connected();
  const empty = one.sendCommand([]).catch((error: Error) => error.message);
  const waited = new Promise((resolve) => setTimeout(() => resolve('pending'), 3000));
  note(await Promise.race([empty, waited]));
  await outcome('next', Promise.race([one.ping(), waited]));
}, {
  reason: '`sendCommand([])` rejects with a TypeError; npm redis sends `*0`, and that call and all later ones hang',
  ours: [['The command must have at least one word, got an empty array'], ['next', 'PONG']],
});

same('timeouts and signals cover the time before a command is sent', async ({ connected, idOf, kill, lib, next, note, outcome }) => {
  const one = await connected({ socket: { reconnectStrategy: 400 } });
  await outcome('aborted', one.withAbortSignal(AbortSignal.abort()).get('k'));
  const controller = new AbortController();
  const popped = one.withAbortSignal(controller.signal).withCommandOptions({ timeout: 60 }).blPop('list', 0.2);
  setTimeout(() => controller.abort(), 100);
  await outcome('sent', popped);
  const id = await idOf(one);
  const failing = one.duplicate({ commandOptions: { timeout: 30 } });
  failing.on('error', () => undefined);
  const never = failing.withCommandOptions({ timeout: undefined });
  note(failing.isOpen, never.isOpen);
  const lost = next(one, 'error');
  await kill(id);
  await lost;
  const queued = one.withCommandOptions({ timeout: 1 }).ping();
  queued.catch(() => undefined);
  note(typeof queued, lib.TimeoutError.name);
  await outcome('later', one.ping());
});

same('an offline command times out, and is not sent later', async ({ client, note, outcome, lib }) => {
  const one = client({ socket: { port: 1, reconnectStrategy: 50 } });
  one.connect().catch(() => undefined);
  await one.withCommandOptions({ timeout: 40 }).get('k').catch((error: Error) => {
    // The text is ours: there it is empty.
    note(error instanceof lib.TimeoutError);
  });
  const controller = new AbortController();
  const aborted = one.withAbortSignal(controller.signal).get('k');
  controller.abort();
  await outcome('aborted', aborted);
});

for (const timeout of [-1, 'x'] as const) {
  same(`timeout: ${timeout}`, async ({ connected, outcome }) => {
    const one = await connected();
    await outcome('bad', one.withCommandOptions({ timeout: timeout as unknown as number }).ping().catch((error: Error) => {
      throw new Error(error.constructor.name);
    }));
    await outcome('next', one.ping());
  });
}

same('commands of one tick run in order, asap ones first', async ({ connected, note }) => {
  const one = await connected();
  await Promise.all([one.rPush('l', '1'), one.rPush('l', '2'), one.asap().rPush('l', '3')]);
  note(await one.lRange('l', 0, -1));
});

same('several asap commands', async ({ connected, note }) => {
  const one = await connected();
  await Promise.all([one.rPush('l', '1'), one.asap().rPush('l', '2'), one.asap().rPush('l', '3')]);
  note(await one.lRange('l', 0, -1));
}, { reason: '`asap()` commands overtake the others, not each other; npm redis runs the latest first', ours: [[['2', '3', '1']]] });

same('proxies', async ({ connected, lib, note, outcome }) => {
  const one = await connected();
  await one.set('k', 'v');
  const bytes = one.withTypeMapping({ [lib.RESP_TYPES.BLOB_STRING]: Buffer });
  note(await bytes.get('k'), await one.get('k'), await bytes.asap().get('k'));
  note(await one.withTypeMapping({ [lib.RESP_TYPES.MAP]: Map }).hGetAll('none'));
  note(bytes instanceof lib.RedisClient, bytes.isReady);
  await outcome('raw', bytes.sendCommand(['GET', 'k']));
  const copy = bytes.duplicate();
  await copy.connect();
  note(await copy.get('k'));
  copy.destroy();
});

same('scripts', async ({ client, lib, outcome }) => {
  const add = lib.defineScript({
    SCRIPT: 'return redis.call("INCRBY", KEYS[1], ARGV[1])',
    NUMBER_OF_KEYS: 1,
    parseCommand(parser, key: string, by: number) {
      parser.pushKey(key);
      parser.push(by.toString());
    },
    transformReply: (reply: number) => `t${reply}`,
  });
  const bad = lib.defineScript({ SCRIPT: 'return redis.error_reply("MINE no")', NUMBER_OF_KEYS: 0, parseCommand: () => undefined, transformReply: undefined });
  const one = client({ scripts: { add, bad }, keyPrefix: 'p:' }) as unknown as {
    connect(): Promise<unknown>; add(key: string, by: unknown): Promise<unknown>; bad(): Promise<unknown>;
    scriptFlush(): Promise<unknown>; sendCommand(words: string[]): Promise<unknown>;
    multi(): { add(key: string, by: number): { add(key: string, by: number): { exec(): Promise<unknown> } } };
  };
  await one.connect();
  await outcome('first', one.add('k', 1));
  await outcome('second', one.add('k', 1));
  await outcome('flush', one.scriptFlush());
  await outcome('multi', one.multi().add('k', 1).add('k', 2).exec());
  await outcome('flushed', one.scriptFlush());
  await outcome('third', one.add('k', 1));
  await outcome('bad', one.bad());
  await outcome('argument', one.add('k', undefined));
  await outcome('raw', one.sendCommand(['GET', 'p:k']));
});

same('functions and modules', async ({ client, server, outcome }) => {
  await server.command(
    'FUNCTION', 'LOAD', 'REPLACE',
    "#!lua name=library\nredis.register_function{function_name='double', callback=function(keys, args) return redis.call('GET', keys[1]) * 2 end, flags={'no-writes'}}",
  );
  const one = client({
    functions: { library: { double: { NUMBER_OF_KEYS: 1, IS_READ_ONLY: true, parseCommand: (parser, key: never) => parser.pushKey(key), transformReply: (reply: number) => -reply } } },
    modules: { mine: { ECHO: { parseCommand: (parser, text: never) => parser.push('ECHO', text), transformReply: (reply: string) => `${reply}!` } } },
  }) as unknown as {
    connect(): Promise<unknown>; set(key: string, value: string): Promise<unknown>;
    library: { double(key: string): Promise<unknown> }; mine: { ECHO(text: string): Promise<unknown> };
    multi(): { mine: { ECHO(text: string): { exec(): Promise<unknown> } } };
  };
  await one.connect();
  await one.set('k', '21');
  await outcome('function', one.library.double('k'));
  await outcome('module', one.mine.ECHO('hey'));
  await outcome('multi', one.multi().mine.ECHO('hey').exec());
  await server.command('FUNCTION', 'FLUSH');
});

same('scan iterators', async ({ connected, note }) => {
  const one = await connected();
  await one.mSet(Array.from({ length: 30 }, (_, index) => [`k${index}`, 'v'] as [string, string]));
  const keys: unknown[] = [];
  for await (const page of one.scanIterator({ MATCH: 'k*', COUNT: 10 })) keys.push(...page);
  note(keys.length, new Set(keys).size);
  await one.hSet('h', { a: '1', b: '2' });
  for await (const page of one.hScanIterator('h')) note(page);
  for await (const page of one.hScanValuesIterator('h')) note(page);
  await one.sAdd('s', ['x']);
  for await (const page of one.sScanIterator('s')) note(page);
  await one.zAdd('z', { score: 1.5, value: 'x' });
  for await (const page of one.zScanIterator('z')) note(page);
});

same('key prefixes', async ({ connected, note }) => {
  const one = await connected({ keyPrefix: Buffer.from('p:') });
  await one.set('k', 'v');
  await one.watch('k');
  await one.multi().set('k', 'w').exec();
  note(await one.sendCommand(['KEYS', '*']), await one.exists(['k', 'l']), await one.keys('p:*'));
  for await (const page of one.scanIterator()) note(page);
});

same('the callback API', async ({ connected, note }) => {
  const one = await connected();
  const legacy = one.legacy();
  const call = (run: (done: (...args: unknown[]) => void) => void): Promise<unknown[]> => new Promise((resolve) => run((...args) => resolve(args)));
  note(await call((done) => legacy.set('k', 5, done)));
  note(await call((done) => legacy.hSet('h', ['a', [1, 'b', 2]], done)));
  note(await call((done) => legacy.hGetAll('h', done)));
  note(await call((done) => legacy.sendCommand('GET', ['k'], done)));
  note(await call((done) => legacy.get('k', 'too many', done)));
  note(await call((done) => legacy.multi().set('k', 6).get('k').exec(done)));
  note(await call((done) => legacy.multi().hGet('k', 'f').exec(done)));
  const failed = new Promise((resolve) => one.once('error', resolve));
  legacy.hGet('k', 'f');
  note(await failed);
  note(await call((done) => legacy.quit(done)));
});
