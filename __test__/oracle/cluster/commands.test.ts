// Commands of clusters: where they go, how they are split, what becomes of several replies, scans, words, scripts, functions.
import { inspect } from 'node:util';
import { onCluster, onEachCluster, sameOnCluster as same, type Cluster } from './stage';

/** Keys of many slots. */
const KEYS = Array.from({ length: 24 }, (_, index) => `key ${index}`);
const PAIRS = KEYS.map((key, index) => [key, `v${index}`] as [string, string]);

/** A scan to its end; cursors are the client's own business. */
async function scanned(one: Cluster, options?: object): Promise<string[]> {
  const found: string[] = [];
  let cursor = '0';
  do {
    const page = await one.scan(cursor, options);
    found.push(...page.keys);
    cursor = String(page.cursor);
  } while (cursor !== '0');
  return found.sort();
}

onEachCluster(() => {
  same('commands with several keys are split', async ({ connected, outcome }) => {
    const one = await connected();
    await outcome('mSet', one.mSet(PAIRS));
    await outcome('mSet object', one.mSet({ x: '1', y: '2', z: '3' }));
    await outcome('mSet flat', one.mSet(['x', '1', 'y', '2']));
    await outcome('mGet', one.mGet(KEYS));
    await outcome('mGet twice the same', one.mGet(['key 1', 'key 2', 'key 1', 'none', 'key 3']));
    await outcome('mGet one', one.mGet(['key 1']));
    await outcome('mGet bytes', one.mGet([Buffer.from('key 1'), 'key 2']));
    await outcome('exists', one.exists([...KEYS, 'none', 'key 1']));
    await outcome('exists one', one.exists('key 1'));
    await outcome('touch', one.touch([...KEYS, 'none']));
    await outcome('unlink', one.unlink(['key 0', 'key 1', 'none']));
    await outcome('del', one.del(KEYS));
    await outcome('del none', one.del(KEYS));
    await outcome('left', one.mGet(['x', 'y', 'z']));
  });

  same('split commands that are refused', async ({ connected, outcome }) => {
    const one = await connected();
    for (const run of [() => one.mGet([]), () => one.del([]), () => one.mSet([]), () => one.exists([]), () => one.mSet({})]) {
      // npm redis says that it cannot split the command, the server that it lacks arguments.
      await outcome(String(run).slice(6, 16), run().then(() => 'a reply', (error: unknown) => error instanceof Error));
    }
    await one.rPush('list', 'x');
    await outcome('a list among them', one.mGet(['list', 'a', 'b']));
    await outcome('del all the same', one.del(['list', 'a']));
    // npm redis counts the words of the part that it was split into.
    await outcome('a number', one.mGet(['a', 5 as unknown as string]).catch((error: Error) => error.message.replace(/\d/, '#')));
  });

  same('keys of several slots in commands that are not split', async ({ connected, outcome, lib }) => {
    const one = await connected();
    const crossing: Record<string, () => Promise<unknown>> = {
      mSetNX: () => one.mSetNX(['a', '1', 'b', '2']), sUnion: () => one.sUnion(['a', 'b']), sInter: () => one.sInter(['a', 'b']),
      sDiffStore: () => one.sDiffStore('c', ['a', 'b']), zUnion: () => one.zUnion(['a', 'b']), pfMerge: () => one.pfMerge('c', ['a', 'b']),
      pfCount: () => one.pfCount(['a', 'b']), bitOp: () => one.bitOp('AND', 'c', ['a', 'b']), rename: () => one.rename('a', 'b'),
      copy: () => one.copy('a', 'b'), lMove: () => one.lMove('a', 'b', 'LEFT', 'LEFT'), blPop: () => one.blPop(['a', 'b'], 0.1),
      xRead: () => one.xRead([{ key: 'a', id: '0' }, { key: 'b', id: '0' }]), eval: () => one.eval('return 1', { keys: ['a', 'b'] }),
      sMove: () => one.sMove('a', 'b', 'x'), geoSearchStore: () => one.geoSearchStore('a', 'b', 'm', { radius: 1, unit: 'm' }),
    };
    for (const [name, call] of Object.entries(crossing)) {
      await outcome(name, call().catch((error: unknown) => [error instanceof lib.ErrorReply, (error as Error).message.split(' ')[0]]));
    }
    await outcome('one slot', one.mSetNX(['{a}1', '1', '{a}2', '2']));
    await outcome('rename', one.rename('{a}1', '{a}3'));
    await outcome('sUnion', one.sUnion(['{b}1', '{b}2']));
  });

  same('keys and their slots', async ({ connected, outcome, lib }) => {
    const one = await connected();
    const keys = ['', '{}', '{}a', 'a{}b', '{a}', 'b{a}c', '{a', 'a}', '{{a}}', '{a}{b}', 'ä', 'ключ', '\u{1F600}', 'x'.repeat(300), 'a\r\nb', '{ä}x'];
    for (const key of keys) {
      await outcome(inspect(key).slice(0, 20), one.set(key, key).then(() => one.get(key)));
      await outcome('its node', one.getNodeClientForKey(key).then((client) => client.exists(key)));
      await outcome('its bytes', one.withTypeMapping({ [lib.RESP_TYPES.BLOB_STRING]: Buffer }).get(Buffer.from(key)));
    }
    const bytes = Buffer.from([0, 255, 123, 200, 125, 13, 10]);
    await outcome('bytes', one.set(bytes, bytes).then(() => one.exists(bytes)));
    await outcome('all', one.dbSize());
  });

  same('commands for all nodes', async ({ connected, outcome, note, servers }) => {
    const one = await connected();
    await one.mSet(PAIRS);
    await outcome('dbSize', one.dbSize());
    note((await one.keys('*')).sort(), await one.keys('none*'), (await one.keys('key 1?')).sort());
    await outcome('ping', one.ping());
    await outcome('ping with a text', one.ping('hello'));
    await outcome('randomKey', one.randomKey().then((key) => KEYS.includes(String(key))));
    await outcome('configSet', one.configSet('slowlog-max-len', '77'));
    note(await Promise.all(servers.nodes.map(async (node) => (await node.call('CONFIG', 'GET', 'slowlog-max-len') as string[])[1])));
    await outcome('bad configSet', one.configSet('no-such-setting', '1').catch((error: Error) => error.message.split(' ')[0]));
    await outcome('configGet', one.configGet('slowlog-max-len'));
    await outcome('configResetStat', one.configResetStat());
    await outcome('slowlog reset', one.sendCommand(undefined, false, ['SLOWLOG', 'RESET']));
    await outcome('slowlog len', one.sendCommand(undefined, true, ['SLOWLOG', 'LEN']));
    await outcome('memoryPurge', one.memoryPurge());
    await outcome('latency reset', one.sendCommand(undefined, false, ['LATENCY', 'RESET']));
    await outcome('clientSetName', one.clientSetName('somebody'));
    await outcome('aclSetUser', one.aclSetUser('zoe', ['on', '>pw']));
    note(await Promise.all(servers.nodes.map(async (node) => (await node.call('ACL', 'GETUSER', 'zoe')) !== null)));
    await outcome('aclDelUser', one.aclDelUser(['zoe', 'nobody']));
    await outcome('wait', one.wait(0, 10).then((count) => typeof count));
    await outcome('info', one.info('server').then((text) => text.includes('_version:')));
    await outcome('time', one.time().then((time) => time instanceof Date || Array.isArray(time)));
    await outcome('echo', one.echo('x'));
    await outcome('publish', one.publish('nobody', 'x'));
    await outcome('flushDb', one.flushDb());
    await outcome('dbSize', one.dbSize());
    await outcome('randomKey of nothing', one.randomKey());
    await one.mSet(PAIRS);
    await outcome('flushAll', one.flushAll('SYNC' as never));
    await outcome('dbSize', one.dbSize());
  });

  same('scripts on all nodes', async ({ connected, outcome, note, servers }) => {
    const one = await connected();
    const sha = 'e0e1f9fabfc9d4800c877a703b823ac0578ff8db';
    await outcome('load', one.scriptLoad('return 1'));
    note(await Promise.all(servers.nodes.map(async (node) => (await node.call('SCRIPT', 'EXISTS', sha)))));
    await outcome('exists', one.scriptExists([sha, sha.replace('e', 'f')]));
    await outcome('evalSha', one.evalSha(sha, { keys: ['k'] }));
    await outcome('evalSha without keys', one.evalSha(sha));
    await outcome('flush', one.scriptFlush());
    await outcome('exists', one.scriptExists(sha));
    await outcome('kill', one.scriptKill().catch((error: Error) => error.message.split(' ')[0]));
    const code = "#!lua name=mylib\nredis.register_function{function_name='twice', callback=function(keys, args) return args[1] .. args[1] end, flags={'no-writes'}}";
    await outcome('functionLoad', one.functionLoad(code));
    await outcome('again', one.functionLoad(code).catch((error: Error) => error.message.split(' ')[0]));
    await outcome('fCall', one.fCall('twice', { keys: ['k'], arguments: ['x'] }));
    await outcome('fCallRo', one.fCallRo('twice', { arguments: ['y'] }));
    await outcome('functionList', one.functionList().then((list) => list.length));
    await outcome('functionDelete', one.functionDelete('mylib'));
    await outcome('functionKill', one.functionKill().catch((error: Error) => error.message.split(' ')[0]));
    await outcome('functionFlush', one.functionFlush());
  });

  same('sums and type mappings', async ({ connected, outcome, lib }) => {
    const one = await connected();
    await one.mSet(PAIRS);
    const { RESP_TYPES } = lib;
    const text = one.withTypeMapping({ [RESP_TYPES.NUMBER]: String });
    await outcome('dbSize', text.dbSize());
    await outcome('exists', text.exists(KEYS));
    await outcome('touch', text.touch([...KEYS, 'none']));
    await outcome('unlink', text.unlink(['key 0', 'key 1']));
    await outcome('del', text.del(KEYS));
    await outcome('one', text.del('none'));
    await outcome('slowlog len', text.sendCommand(undefined, true, ['SLOWLOG', 'LEN']).then((length) => typeof length));
    await outcome('scriptExists', text.scriptExists(['x']));
    await outcome('raw dbSize', text.sendCommand(undefined, true, ['DBSIZE']));
    const bytes = one.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer, [RESP_TYPES.SIMPLE_STRING]: Buffer });
    await outcome('mSet', bytes.mSet(PAIRS));
    await outcome('mGet', bytes.mGet(['key 1', 'key 2', 'none']));
    await outcome('keys', bytes.keys('key 1').then((keys) => keys.map((key) => [Buffer.isBuffer(key), String(key)])));
    await outcome('ping', bytes.ping());
    await outcome('flushAll', bytes.flushAll());
    await outcome('randomKey', bytes.randomKey());
  });

  same('scans', async ({ connected, note, outcome }) => {
    const one = await connected();
    note(await scanned(one));
    await one.mSet(PAIRS);
    await one.hSet('hash', { a: '1' });
    note(await scanned(one), await scanned(one, { COUNT: 3 }), await scanned(one, { MATCH: 'key 1*' }), await scanned(one, { TYPE: 'hash' }));
    const first = await one.scan('0', { COUNT: 1 });
    note(String(first.cursor) === '0');
    const [again, twice] = [await one.scan(first.cursor), await one.scan(first.cursor).catch((error: Error) => error.message.replace(/"\d+"/, '"…"'))];
    note(typeof again.cursor, typeof twice);
    const cursorOf = (error: Error): string => error.message.split('. ')[0] as string;
    await outcome('foreign', one.scan('77777').catch(cursorOf));
    await outcome('no number', one.scan('abc').catch(cursorOf));
    await outcome('hScan', one.hScan('hash', '0'));
    await outcome('raw', one.sendCommand(undefined, true, ['SCAN', '0', 'COUNT', '1000']).then((page) => (page as unknown as unknown[]).length));
    await outcome('raw foreign', one.sendCommand(undefined, true, ['SCAN', '77777']).catch(cursorOf));
  });

  same('words', async ({ connected, outcome, lib }) => {
    const one = await connected();
    await outcome('set', one.sendCommand('k', false, ['SET', 'k', Buffer.from([0, 255])]));
    await outcome('get', one.sendCommand('k', true, ['GET', 'k'], { typeMapping: { [lib.RESP_TYPES.BLOB_STRING]: Buffer } }));
    await outcome('lower case', one.sendCommand('k', true, ['get', 'k']));
    await outcome('readonly unknown', one.sendCommand('k', undefined, ['STRLEN', 'k']));
    await outcome('bytes for a key', one.sendCommand(Buffer.from('k'), true, ['STRLEN', 'k']));
    await outcome('mGet', one.sendCommand('k', true, ['MGET', 'k', 'l', 'm']));
    await outcome('mGet without a key', one.sendCommand(undefined, true, ['MGET', 'l', 'm', 'n']));
    await outcome('mSet', one.sendCommand('a', false, ['MSET', 'a', '1', 'b', '2', 'c', '3']));
    await outcome('del', one.sendCommand('a', false, ['DEL', 'a', 'b', 'c', 'd']));
    await outcome('dbSize', one.sendCommand(undefined, true, ['DBSIZE']));
    await outcome('keys', one.sendCommand(undefined, true, ['KEYS', '*']));
    await outcome('hash', one.hSet('h', { a: '1' }).then(() => one.sendCommand('h', true, ['HGETALL', 'h'])));
    await outcome('keyless', one.sendCommand(undefined, true, ['ECHO', 'x']));
    await outcome('unknown command', one.sendCommand('k', true, ['NOSUCHCOMMAND', 'k']).catch((error: Error) => error.message.slice(0, 20)));
    await outcome('error', one.sendCommand('k', true, ['HGET', 'k', 'f']));
    await outcome('no keyword', one.sendCommand(undefined, true, ['CLIENT', 'NOPE']).catch((error: Error) => error.message.split(' ')[0]));
    await outcome('number', one.sendCommand('k', true, ['GET', 5 as unknown as string]).catch((error: Error) => error.constructor.name));
    await outcome('upper case', one.withTypeMapping({}).sendCommand('k', true, ['TYPE', 'k']));
    await outcome('config', one.sendCommand(undefined, true, ['CONFIG', 'GET', 'maxmemory-policy']));
    await outcome('object', one.sendCommand('k', true, ['OBJECT', 'ENCODING', 'k']));
    await outcome('xread', one.sendCommand('st', true, ['XREAD', 'STREAMS', 'st', '0']));
    await outcome('eval', one.sendCommand('k', false, ['EVAL', 'return KEYS[1]', '1', 'k']));
  });
});

onCluster('default', () => {
  same('bad arguments reject their command only', async ({ connected, outcome }) => {
    const one = await connected();
    const bad = [undefined, null, 5, true, 5n, new Date(0), new Uint8Array(2), {}, Symbol.iterator];
    for (const value of bad) await outcome('get', one.get(value as unknown as string));
    for (const value of bad) await outcome('set', one.set('k', value as unknown as string));
    await outcome('lPush', one.lPush('l', 5 as unknown as string));
    await outcome('member', one.sAdd('s', [5 as unknown as string]));
    await outcome('option', one.set('k', 'v', { EX: undefined }));
    await outcome('getEx', one.getEx('k', undefined as never));
    await outcome('still', one.get('k'));
  });

  same('a command with a key of another slot than its routing key', async ({ connected, outcome }) => {
    const one = await connected({ maxCommandRedirections: 3 });
    await outcome('elsewhere', one.sendCommand('a', true, ['GET', 'b']).then(() => 'a reply', (error: Error) => error.constructor.name));
    await outcome('next', one.get('b'));
  }, {
    reason: 'MOVED is followed to the node that it names; npm redis asks the node of the routing key again and again',
    ours: [['elsewhere', 'a reply'], ['next', null]],
  });

  same('scripts', async ({ connected, lib, outcome }) => {
    const add = lib.defineScript({
      SCRIPT: 'return redis.call("INCRBY", KEYS[1], ARGV[1])', NUMBER_OF_KEYS: 1,
      parseCommand(parser, key: string, by: number) {
        parser.pushKey(key);
        parser.push(by.toString());
      },
      transformReply: (reply: number) => `t${reply}`,
    });
    const read = lib.defineScript({
      SCRIPT: 'return redis.call("GET", KEYS[1])', NUMBER_OF_KEYS: 1, IS_READ_ONLY: true,
      parseCommand: (parser, key: string) => parser.pushKey(key), transformReply: undefined as unknown as () => string,
    });
    const bad = lib.defineScript({ SCRIPT: 'return redis.error_reply("MINE no")', NUMBER_OF_KEYS: 0, parseCommand: () => undefined, transformReply: undefined as unknown as () => string });
    const one = await connected({ scripts: { add, bad, read }, keyPrefix: 'p:' } as never) as unknown as Cluster & {
      add(key: string, by: number): Promise<unknown>; bad(): Promise<unknown>; read(key: string): Promise<unknown>;
    };
    for (const key of ['k', 'l', 'm', 'n']) await outcome(key, one.add(key, 1));
    await outcome('second', one.add('k', 1));
    await outcome('read', one.read('k'));
    await outcome('flush', one.scriptFlush());
    await outcome('third', one.add('k', 1));
    await outcome('bad', one.bad());
    await outcome('argument', one.add('k', undefined as never));
    const multi = one.multi() as unknown as { add(key: string, by: number): typeof multi; exec(): Promise<unknown>; execAsPipeline(): Promise<unknown> };
    await outcome('multi', multi.add('k', 1).add('k', 2).exec());
    await outcome('flush', one.scriptFlush());
    await outcome('multi again', (one.multi() as unknown as typeof multi).add('l', 1).add('l', 2).exec());
    await outcome('pipeline', (one.multi() as unknown as typeof multi).add('l', 1).add('l', 2).execAsPipeline());
    await outcome('raw', one.sendCommand('p:k', true, ['GET', 'p:k']));
    await outcome('proxy', (one.withTypeMapping({}) as unknown as typeof one).add('k', 5));
  });

  same('functions and modules', async ({ connected, servers, outcome }) => {
    const code = "#!lua name=library\nredis.register_function{function_name='double', callback=function(keys, args) return redis.call('GET', keys[1]) * 2 end, flags={'no-writes'}}";
    for (const node of await servers.primaries()) await node.call('FUNCTION', 'LOAD', 'REPLACE', code);
    const one = await connected({
      functions: { library: { double: { NUMBER_OF_KEYS: 1, IS_READ_ONLY: true, parseCommand: (parser: any, key: string) => parser.pushKey(key), transformReply: (reply: number) => -reply } } },
      modules: { mine: {
        ECHO: { parseCommand: (parser: any, text: string) => parser.push('ECHO', text), transformReply: (reply: string) => `${reply}!` },
        len: { IS_READ_ONLY: true, parseCommand: (parser: any, key: string) => { parser.push('STRLEN'); parser.pushKey(key); }, transformReply: undefined },
      } },
    } as never) as unknown as any;
    for (const key of ['a', 'b', 'c']) await one.set(key, '21');
    for (const key of ['a', 'b', 'c']) await outcome('function', one.library.double(key));
    await outcome('module', one.mine.ECHO('hey'));
    await outcome('keyed', Promise.all(['a', 'b', 'c', 'd'].map((key) => one.mine.len(key))));
    await outcome('proxy', one.withTypeMapping({}).mine.len('a'));
    await outcome('multi', one.multi().mine.len('a').library.double('a').exec());
  });

  same('a replica is never written to', async ({ connected, outcome, note }) => {
    const one = await connected({ useReplicas: true });
    for (const key of KEYS) await one.set(key, '1');
    note(await Promise.all(KEYS.map((key) => one.incr(key))));
    await outcome('eval', Promise.all(KEYS.map((key) => one.eval('return redis.call("INCR", KEYS[1])', { keys: [key] }))));
    await outcome('getEx', Promise.all(KEYS.map((key) => one.getEx(key, { type: 'EX', value: 100 }))));
    await outcome('expire', Promise.all(KEYS.map((key) => one.expire(key, 100))));
    await outcome('words', Promise.all(KEYS.map((key) => one.sendCommand(key, undefined, ['INCR', key]))));
    await outcome('multi', Promise.all(KEYS.map((key) => one.multi().incr(key).get(key).exec())));
  });
});
