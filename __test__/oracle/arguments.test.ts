import { reply } from '../support/resp';
import { startScriptedServer } from '../support/scripted-server';
import { same, withoutReason, withServer, type Script, type Stage } from './compare';

withServer();

/** Calls that types forbid, on a client or on a builder. */
type Calls = Record<string, (...args: unknown[]) => unknown>;
type Call = readonly [method: string, ...args: unknown[]];

const HANDSHAKE = ['HELLO', 'CLIENT', 'SELECT'];

/**
 * Notes what each call sends. All of it is refused, so that no reply has to have the right shape; what the client itself says is
 * noted too.
 */
function wire(...calls: Call[]): Script {
  return async (stage: Stage) => {
    const server = await startScriptedServer({
      onCommand: ([name]) => (!HANDSHAKE.includes(String(name)) ? reply.error('ERR refused') : undefined),
    });
    const one = await stage.connected({ socket: { port: server.port }, disableClientInfo: true, maintNotifications: 'disabled' });
    for (const [method, ...args] of calls) {
      const start = server.last.commands.length;
      if (typeof (one as unknown as Calls)[method] !== 'function') throw new Error(`no method is called ${method}`);
      let said = '';
      try {
        await (one as unknown as Calls)[method]?.(...args);
      } catch (error) {
        const { constructor, message } = error as Error;
        // The names of its variables are nobody's contract.
        said = message === 'ERR refused' ? 'refused' : withoutReason(`${constructor.name}: ${message.replace(/^\w+\.(?=\w+ is not)/, '')}`);
      }
      stage.note(method, server.last.commands.slice(start), said);
    }
    one.destroy();
    await server.stop();
  };
}

same('what counts as nothing, and what as zero', wire(
  ['scan', '0', { COUNT: 0 }], ['scan', '0', { COUNT: 1, MATCH: '', TYPE: '' }], ['hScan', 'k', '0', { COUNT: 0, MATCH: '' }],
  ['sScan', 'k', '0', { COUNT: 0 }], ['zScan', 'k', '0', { COUNT: 0 }], ['hScanNoValues', 'k', '0', { COUNT: 0 }],
  ['zmPop', 'k', 'MIN', { COUNT: 0 }], ['lmPop', 'k', 'LEFT', { COUNT: 0 }], ['blmPop', 0, 'k', 'LEFT', { COUNT: 0 }],
  ['bzmPop', 0, 'k', 'MIN', { COUNT: 0 }],
  ['xRead', { key: 'k', id: '0' }, { COUNT: 0, BLOCK: 0 }], ['xReadGroup', 'g', 'c', { key: 'k', id: '>' }, { COUNT: 0, BLOCK: 0, NOACK: false }],
  ['xRange', 'k', '-', '+', { COUNT: 0 }], ['xAutoClaim', 'k', 'g', 'c', 0, '0', { COUNT: 0 }], ['xPendingRange', 'k', 'g', '-', '+', 0, { IDLE: 0, consumer: '' }],
  ['xClaim', 'k', 'g', 'c', 0, '1-1', { IDLE: 0, TIME: 0, RETRYCOUNT: 0, FORCE: false, LASTID: '' }],
  ['xAdd', 'k', '*', { f: 'v' }, { NOMKSTREAM: false, TRIM: { threshold: 0, limit: 0 } }], ['xTrim', 'k', 'MAXLEN', 0, { LIMIT: 0 }],
  ['sInterCard', ['a', 'b'], 0], ['sInterCard', 'a', { LIMIT: 0 }], ['zInterCard', ['a'], 0], ['zInterCard', ['a'], { LIMIT: 0 }],
  ['pfAdd', 'k', ''], ['pfAdd', 'k', []], ['pfAdd', 'k'], ['ping', ''], ['ping', undefined], ['ping'],
  ['lPos', 'k', 'e', { RANK: 0, MAXLEN: 0 }], ['lPosCount', 'k', 'e', 0, { RANK: 0, MAXLEN: 0 }],
  ['lPopCount', 'k', 0], ['sRandMemberCount', 'k', 0], ['hRandFieldCount', 'k', 0], ['zRandMemberCount', 'k', 0],
  ['zRange', 'k', 0, 0, { REV: false, LIMIT: { offset: 0, count: 0 } }], ['sort', 'k', { LIMIT: { offset: 0, count: 0 }, GET: '', BY: '', ALPHA: false }],
  ['copy', 'a', 'b', { DB: 0, REPLACE: false }], ['restore', 'k', 0, 'v', { REPLACE: false, ABSTTL: false, IDLETIME: 0, FREQ: 0 }],
  ['geoSearch', 'k', 'm', { radius: 0, unit: 'm' }, { COUNT: 0 }], ['geoSearch', 'k', 'm', { radius: 1, unit: 'm' }, { COUNT: { value: 0, ANY: true } }],
  ['bitPos', 'k', 0, 0, 0], ['bitCount', 'k', { start: 0, end: 0 }], ['memoryUsage', 'k', { SAMPLES: 0 }],
  ['expire', 'k', 0, ''], ['flushAll', ''], ['flushDb'], ['info', ''], ['lcsIdx', 'a', 'b', { MINMATCHLEN: 0 }],
  ['zAdd', 'k', { score: 0, value: '' }, { CH: false, condition: '', comparison: '' }], ['setRange', 'k', 0, ''], ['getRange', 'k', 0, 0],
));

same('the expiry and the condition of SET that win', wire(
  ...[
    { EX: 1, PX: 2, EXAT: 3, PXAT: 4, KEEPTTL: true }, { PX: 2, EXAT: 3, PXAT: 4, KEEPTTL: true }, { EXAT: 3, PXAT: 4, KEEPTTL: true },
    { PXAT: 4, KEEPTTL: true }, { KEEPTTL: true }, { KEEPTTL: false }, { expiration: { type: 'PX', value: 9 }, EX: 1 }, { expiration: 'KEEPTTL', EX: 1 },
    { expiration: { type: 'KEEPTTL' }, PX: 1 }, { condition: 'XX', NX: true }, { NX: true, XX: true }, { XX: true }, { NX: false, XX: false },
    { condition: 'NX', GET: true, EX: 1 }, { GET: false }, { EX: 0 }, { PX: 0 }, { EXAT: 0 }, { PXAT: 0 }, { EX: undefined, PX: 5 }, { EX: null, PX: 5 },
    { expiration: undefined, EX: 5 }, { expiration: { type: 'EX', value: 0 } }, { condition: '', XX: true }, {}, null, undefined,
  ].map((options): Call => ['set', 'k', 'v', options]),
));

const DATE = new Date(1_700_000_000_999);

same('dates', wire(
  ['expireAt', 'k', DATE], ['pExpireAt', 'k', DATE], ['hExpireAt', 'k', 'f', DATE], ['hpExpireAt', 'k', 'f', DATE],
  ['getEx', 'k', { type: 'EXAT', value: DATE }], ['getEx', 'k', { type: 'PXAT', value: DATE }], ['getEx', 'k', { EXAT: DATE }], ['getEx', 'k', { PXAT: DATE }],
  ['getEx', 'k', { EX: 1 }], ['getEx', 'k', { type: 'PERSIST' }], ['getEx', 'k', { PERSIST: true }], ['getEx', 'k', {}], ['getEx', 'k'],
  ['mSetEx', ['k', 'v'], { expiration: { type: 'EXAT', value: DATE } }], ['mSetEx', ['k', 'v'], { expiration: { type: 'PXAT', value: DATE } }],
  ['xClaim', 'k', 'g', 'c', 0, '1-1', { TIME: DATE }], ['set', 'k', 'v', { EXAT: DATE }], ['set', 'k', 'v', { expiration: { type: 'PXAT', value: DATE } }],
  ['hGetEx', 'k', 'f', { expiration: { type: 'EXAT', value: DATE } }], ['hSetEx', 'k', { f: 'v' }, { expiration: { type: 'PXAT', value: DATE } }],
  ['expireAt', 'k', new Date(NaN)], ['expireAt', 'k', '5'], ['set', 'k', DATE], ['zAdd', 'k', { score: DATE, value: 'v' }],
));

same('infinite and other numbers', wire(
  ['zAdd', 'k', [{ score: Infinity, value: 'a' }, { score: -Infinity, value: 'b' }, { score: NaN, value: 'c' }, { score: -0, value: 'd' }, { score: 1e21, value: 'e' }]],
  ['zIncrBy', 'k', Infinity, 'm'], ['zCount', 'k', -Infinity, Infinity], ['zRangeByScore', 'k', -Infinity, Infinity], ['zRemRangeByScore', 'k', -Infinity, 5],
  ['zRange', 'k', -Infinity, Infinity, { BY: 'SCORE' }], ['zUnion', [{ key: 'a', weight: Infinity }, { key: 'b', weight: -Infinity }]],
  ['zInterStore', 'd', [{ key: 'a', weight: NaN }]], ['zAddIncr', 'k', { score: Infinity, value: 'm' }], ['incrByFloat', 'k', Infinity],
  ['hIncrByFloat', 'k', 'f', -Infinity], ['vAdd', 'k', [Infinity, -Infinity, 0.5], 'e'], ['vSim', 'k', [NaN, Infinity]], ['zAdd', 'k', { score: '(1', value: 'm' }],
  ['geoAdd', 'k', { longitude: Infinity, latitude: -Infinity, member: 'm' }], ['lRange', 'k', 1.5, -0], ['expire', 'k', 1e21],
));

same('one value or several', wire(
  ...[
    'del', 'exists', 'unlink', 'touch', 'mGet', 'sUnion', 'sInter', 'sDiff', 'pfCount', 'watch', 'zDiff', 'sInterCard', 'zInterCard', 'zUnion', 'zInter',
  ].flatMap((method): Call[] => [[method, 'a'], [method, ['a', Buffer.from('b')]], [method, []]]),
  ...[
    'hDel', 'sAdd', 'sRem', 'lPush', 'rPush', 'lPushX', 'zRem', 'smIsMember', 'zmScore', 'pfAdd', 'xDel', 'hmGet', 'hTTL', 'hPersist', 'hGetDel', 'hExpireTime',
    'geoPos', 'geoHash', 'pfMerge', 'sUnionStore', 'zDiffStore', 'zUnionStore', 'hpTTL',
  ].flatMap((method): Call[] => [[method, 'k', 'a'], [method, 'k', ['a', Buffer.from('b')]], [method, 'k', []]]),
  ...['a', ['a', 'b'], []].flatMap((value): Call[] => [
    ['xAck', 'k', 'g', value], ['hExpire', 'k', value, 5], ['hpExpireAt', 'k', value, 5], ['hGetEx', 'k', value, { expiration: 'PERSIST' }],
    ['blPop', value, 0], ['bzPopMax', value, 0], ['lmPop', value, 'LEFT'], ['zmPop', value, 'MAX'], ['bitOp', 'AND', 'd', value],
    ['eval', 'return 1', { keys: Array.isArray(value) ? value : [value], arguments: ['x'] }], ['scriptExists', value], ['configGet', value], ['info', value],
    ['xClaim', 'k', 'g', 'c', 0, value],
  ]),
));

const HSET_FORMS: unknown[][] = [
  ['f', 'v'], ['f', 5], [5, 'v'], [5, 6], [Buffer.from('f'), Buffer.from('v')], [new Map<unknown, unknown>([['f', 'v'], [1, 2], [Buffer.from('b'), Buffer.from('c')]])],
  [{ f: 'v', g: 5 }], [{ f: Buffer.from('v') }], [{}], [new Map()], [[]], [['f', 'v', 'g', 5]], [[['f', 'v'], ['g', 5]]], [[[['f', 'v']], [['g', ['h']], 'i', 'j']]],
  [['f']], [{ f: undefined }], [{ f: null }], [{ f: true }], [{ f: 5n }], [{ f: DATE }], [{ f: new Uint8Array(2) }], [new Map([['f', undefined]])],
  [['f', undefined]], ['f', undefined], ['f', null], ['f', false], [undefined], [null], ['f'], [Object.create({ inherited: 'v' }, { own: { value: 'v', enumerable: true } })],
  [{ f: Infinity, g: NaN, h: -0, i: 1e21 }], [{ ß: 'ü', '': '' }],
];

same('HSET in all its forms', wire(...HSET_FORMS.map((form): Call => ['hSet', 'k', ...form])));

same('HSET in all its forms, for a server', async ({ connected, outcome }) => {
  const one = await connected();
  for (const [index, form] of HSET_FORMS.entries()) {
    const key = `h${index}`;
    await outcome(key, Promise.resolve((one as unknown as Calls).hSet?.(key, ...form)));
    await outcome(key, one.hGetAll(key));
  }
});

const LOCALLY_REFUSED: Call[] = [
  ...[{}, [], new Map(), [['f']], ['f'], [['f', 'v', 'g']], ['f', 'v', 'g'], [[]], ['f', 'v'], [['f', 'v'], ['g', 'w']], { f: 'v' }, new Map([['f', 'v']]), [['f', 5]], { f: 5 }]
    .map((fields): Call => ['hSetEx', 'k', fields, { expiration: 'KEEPTTL' }]),
  ...[{}, [], ['k'], [['k']], [[]], ['k', 'v', 'l'], ['k', 'v'], [['k', 'v'], ['l', 'w']], { k: 'v', l: 'w' }, { k: 5 }, [['k', undefined]], [['k', 'v'], 'l', 'w']]
    .flatMap((pairs): Call[] => [['mSet', pairs], ['mSetNX', pairs], ['mSetEx', pairs], ['mSetEx', pairs, { mode: 'NX', expiration: { type: 'EX', value: 5 } }]]),
];

same('what HSETEX, MSET and MSETEX refuse themselves', wire(...LOCALLY_REFUSED));

same('what they refuse in multi() is thrown at once', async ({ connected, note, outcome }) => {
  const one = await connected();
  for (const [method, ...args] of LOCALLY_REFUSED) {
    try {
      (one.multi() as unknown as Calls)[method]?.(...args);
      note(method, 'built');
    } catch (error) {
      note(method, error);
    }
  }
  // A builder that has thrown is as it was before.
  const builder = one.multi().set('k', 'v');
  try {
    builder.mSet([]);
  } catch {
    await outcome('without it', builder.exec());
  }
});

same('what is neither string nor Buffer, wherever a command takes no numbers', wire(
  ...[true, 5n, DATE, new Uint8Array(2), 5, {}, null, undefined].flatMap((value): Call[] => [
    ['set', 'k', value], ['set', value, 'v'], ['lPush', 'k', value], ['sAdd', 'k', ['a', value]], ['zAdd', 'k', { score: 1, value }], ['hGet', 'k', value],
    ['publish', 'c', value], ['append', 'k', value], ['xAdd', 'k', '*', { f: value }], ['geoAdd', 'k', { longitude: 1, latitude: 1, member: value }],
    ['eval', 'return 1', { keys: ['k'], arguments: [value] }], ['sendCommand', ['SET', 'k', value]], ['configSet', 'p', value], ['echo', value],
    ['hSet', 'k', 'f', value], ['lInsert', 'k', 'BEFORE', 'p', value], ['pfAdd', 'k', [value]], ['getEx', 'k', { type: 'EX', value }],
  ]),
));

same('strings are UTF-8, Buffers stay, and both may be large', async ({ connected, lib, note }) => {
  const one = await connected();
  const bytes = one.withTypeMapping({ [lib.RESP_TYPES.BLOB_STRING]: Buffer });
  const large = [Buffer.alloc(5 * 1024 * 1024, 'ab\r\n'), 'größe漢😀'.repeat(400_000)];
  for (const value of ['', 'ß', '漢字', '😀', '\0\r\n', '\ud800', Buffer.from([0, 255, 13, 10]), Buffer.alloc(0), ...large]) {
    const key = typeof value === 'string' ? `k:${value.slice(0, 5)}` : Buffer.concat([Buffer.from('k:'), value.subarray(0, 5)]);
    const [set, length, got, text] = await Promise.all([one.set(key, value), one.strLen(key), bytes.get(key), one.get(key)]);
    note(set, length, (got as unknown as Buffer).equals(Buffer.from(value as string)), text?.length, text === value);
  }
});
