/** Sequences on keys: scans, dumps, transactions, scores, sorting, sets, geo, vectors, expiry of fields. */
import { RESP_TYPES } from '../../../lib';
import type { Sequence } from './sequence';

const many = (count: number, make: (index: number) => string[]): string[] => Array.from({ length: count }, (_, index) => make(index)).flat();

/** Follows a cursor to its end. */
async function scanAll(call: (cursor: string) => Promise<{ cursor: string } | undefined>): Promise<void> {
  let cursor = '0';
  for (let page = 0; page < 50; page += 1) {
    const reply = await call(cursor);
    if (reply === undefined || String(reply.cursor) === '0') return;
    cursor = String(reply.cursor);
  }
}

export const dataSequences: readonly Sequence[] = [
  {
    name: 'scans of big collections',
    run: async ({ call, command }) => {
      await command('HSET', 'h', ...many(600, (index) => [`field ${index}`, `value ${index}`]));
      await command('SADD', 's', ...many(600, (index) => [`member ${index}`]));
      await command('ZADD', 'z', ...many(200, (index) => [String(index / 4), `member ${index}`]));
      await scanAll((cursor) => call('hScan', 'h', cursor, { COUNT: 200 }));
      await scanAll((cursor) => call('sScan', 's', cursor, { COUNT: 200, MATCH: '*1*' }));
      await scanAll((cursor) => call('zScan', 'z', cursor, { COUNT: 100 }));
      await scanAll((cursor) => call('scan', cursor, { COUNT: 1 }));
      await call('scan', '0', { TYPE: 'hash' });
      await call('keys', '*');
      await call('hGetAll', 'h');
      await call('sMembers', 's');
      await call('zRangeWithScores', 'z', 0, -1);
      await call('dbSize');
    },
  },
  {
    name: 'bytes that are no text, empty values, odd names',
    run: async ({ call, command }) => {
      const bytes = Buffer.from([0, 255, 13, 10, 128]);
      await call('set', 'a', bytes);
      await call('get', 'a');
      await call('hSet', 'h', { '': '', constructor: '1', toString: '2', '0': 'zero', '10': 'ten', 'zwölf': 'zwölf' });
      await command('HSET', 'h', bytes, bytes);
      await call('hGetAll', 'h');
      await call('hKeys', 'h');
      await call('hVals', 'h');
      await call('hRandFieldCountWithValues', 'h', 20);
      await call('hScan', 'h', '0');
      await call('sAdd', 's', [bytes, '']);
      await call('sMembers', 's');
      await call('mGet', ['a', '', 'none']);
      await call('append', 'a', '');
      await call('strLen', 'a');
    },
  },
  {
    name: 'big and extreme numbers',
    run: async ({ call }) => {
      await call('set', 'n', '9007199254740991');
      await call('incr', 'n');
      await call('incrBy', 'n', 2);
      await call('set', 'n', '9223372036854775806');
      await call('incr', 'n');
      await call('incr', 'n');
      await call('decrBy', 'n', -1);
      await call('set', 'n', '-9223372036854775807');
      await call('decr', 'n');
      await call('incrByFloat', 'n', 0.1);
      await call('zAdd', 'z', [{ score: 0.1 + 0.2, value: 'sum' }, { score: 1e300, value: 'big' }, { score: -0, value: 'zero' }, { score: 5e-324, value: 'least' }]);
      await call('zRangeWithScores', 'z', 0, -1);
      await call('zScore', 'z', 'sum');
      await call('zScore', 'z', 'zero');
      await call('zmScore', 'z', ['least', 'none', 'big']);
      await call('zIncrBy', 'z', Infinity, 'big');
      await call('zIncrBy', 'z', -Infinity, 'big');
      await call('zRankWithScore', 'z', 'sum');
      await call('hIncrByFloat', 'h', 'f', 1e17);
      await call('hIncrBy', 'h', 'f', 5);
    },
  },
  {
    name: 'dump, restore, copy, rename, move',
    run: async ({ call, command, actor }) => {
      await command('RPUSH', 'l', 'x', 'y');
      const dump = await actor.client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer }).dump('l');
      await call('dump', 'l');
      await call('dump', 'none');
      await call('restore', 'copy', 0, dump as unknown as Buffer);
      await call('restore', 'copy', 0, dump as unknown as Buffer);
      await call('restore', 'copy', 5_000_000, dump as unknown as Buffer, { REPLACE: true });
      await call('lRange', 'copy', 0, -1);
      await call('pTTL', 'copy');
      await call('copy', 'l', 'copy');
      await call('copy', 'l', 'second');
      await call('rename', 'second', 'third');
      await call('rename', 'second', 'third');
      await call('renameNX', 'third', 'l');
      await call('move', 'third', 3);
      await call('move', 'third', 3);
      await call('touch', ['l', 'none', 'copy']);
      await call('unlink', ['l', 'none']);
      await call('restore', 'bad', 0, Buffer.from('no dump'));
    },
  },
  {
    name: 'transactions, with failures among the replies',
    notOnClusters: 'it needs WATCH; cluster/transactions.test.ts tries transactions',
    run: async ({ note, actor, command }) => {
      const multi = (): any => (actor.mapped as any).multi();
      await note('multi', () => multi().set('a', 1).incr('a').get('a').hSet('h', { f: 'v' }).hGetAll('h').exec());
      await note('failing', () => multi().lPush('a', 'x').get('a').execAsPipeline());
      await note('failing', () => multi().set('a', 'text').incr('a').get('a').exec());
      await note('typed', () => multi().zAdd('z', { score: 1.5, value: 'm' }).zRangeWithScores('z', 0, -1).zScore('z', 'm').exec());
      await note('empty', () => multi().exec());
      await note('unknown', () => multi().set('a', '1').addCommand(['NOSUCHCOMMAND']).exec());
      await note('raw', () => multi().addCommand(['HGETALL', 'h']).addCommand(['SMEMBERS', 's']).exec());
      await actor.client.watch('a');
      await command('SET', 'a', 'changed');
      await note('watched', () => multi().get('a').exec());
      await actor.client.watch('a');
      await note('unwatched', () => multi().get('a').exec());
    },
  },
  {
    name: 'scores in every form',
    run: async ({ call, command }) => {
      await command('ZADD', 'z', '1', 'm', '2.5', 'n', '+inf', 'high', '-inf', 'low');
      await command('ZADD', 'y', '3', 'm', '0.125', 'n');
      for (const method of ['zDiffWithScores', 'zInterWithScores', 'zUnionWithScores', 'zDiff', 'zInter', 'zUnion']) await call(method, ['z', 'y']);
      await call('zRangeByScoreWithScores', 'z', '-inf', '+inf');
      await call('zRangeWithScores', 'z', 0, -1, { REV: true });
      await call('zRandMemberCountWithScores', 'y', 5);
      await call('zAddIncr', 'z', { score: 1.5, value: 'm' });
      await call('zAddIncr', 'z', { score: 1.5, value: 'm' }, { condition: 'NX' });
      await call('zRankWithScore', 'z', 'high');
      await call('zRevRankWithScore', 'z', 'low');
      await call('zmPop', ['none', 'z'], 'MAX', { COUNT: 2 });
      await call('zPopMinCount', 'z', 1);
      await call('zPopMax', 'z');
      await call('bzPopMin', 'y', 0);
      await call('bzmPop', 0, ['y'], 'MAX');
      await call('zPopMin', 'none');
      await call('zmPop', 'none', 'MIN');
    },
  },
  {
    name: 'sorting, longest common subsequences, sets',
    run: async ({ call, command }) => {
      await command('RPUSH', 'l', '3', '1', '2');
      await command('MSET', 'w_1', '9', 'w_2', '5', 'o_1', 'one', 'o_3', 'three');
      await call('sort', 'l', { BY: 'w_*', GET: ['#', 'o_*'] });
      await call('sort', 'l', { DIRECTION: 'DESC', LIMIT: { offset: 1, count: 5 } });
      await call('sortRo', 'l', { ALPHA: true });
      await call('sortStore', 'l', 'dst');
      await call('lPosCount', 'l', '1', 0);
      await command('MSET', 'a', 'ohmytext', 'b', 'mynewtext');
      await call('lcs', 'a', 'b');
      await call('lcsLen', 'a', 'b');
      await call('lcsIdx', 'a', 'b');
      await call('lcsIdxWithMatchLen', 'a', 'b', { MINMATCHLEN: 2 });
      await call('lcsIdx', 'a', 'none');
      await command('SADD', 's', 'x', 'y');
      await command('SADD', 't', 'y');
      await call('sPopCount', 't', 1);
      await call('sRandMemberCount', 't', 5);
      await call('sUnion', ['s', 't']);
      await call('sInterCard', ['s', 't']);
      await call('smIsMember', 's', ['x', 'q']);
    },
  },
  {
    name: 'geo',
    run: async ({ call }) => {
      await call('geoAdd', 'towns', [{ longitude: 2.35, latitude: 48.85, member: 'paris' }, { longitude: 13.4, latitude: 52.52, member: 'berlin' }]);
      await call('geoAdd', 'towns', { longitude: 200, latitude: 0, member: 'nowhere' });
      await call('geoPos', 'towns', ['paris', 'nowhere', 'berlin']);
      await call('geoDist', 'towns', 'paris', 'berlin', 'mi');
      await call('geoDist', 'towns', 'paris', 'nowhere');
      for (const extras of [['WITHDIST'], ['WITHHASH'], ['WITHCOORD'], ['WITHCOORD', 'WITHDIST', 'WITHHASH']]) {
        await call('geoSearchWith', 'towns', 'paris', { radius: 2000, unit: 'km' }, extras);
        await call('geoRadiusByMemberWith', 'towns', 'berlin', 2000, 'km', extras);
      }
      await call('geoSearch', 'towns', 'nowhere', { radius: 1, unit: 'm' });
      await call('geoSearchStore', 'near', 'towns', 'paris', { radius: 2000, unit: 'km' }, { STOREDIST: true });
      await call('zRangeWithScores', 'near', 0, -1);
    },
  },
  {
    name: 'expiry of keys and fields', needs: ['HEXPIRE'],
    run: async ({ call }) => {
      await call('hSet', 'h', { f: '1', g: '2' });
      await call('hExpireAt', 'h', ['f', 'none'], 1893456000);
      await call('hExpireTime', 'h', ['f', 'g', 'none']);
      await call('hpExpireTime', 'h', ['f', 'g', 'none']);
      await call('hTTL', 'h', ['f', 'g']);
      await call('hExpire', 'h', 'f', 100, 'GT');
      await call('hPersist', 'h', ['f', 'g', 'none']);
      await call('hpExpire', 'h', 'f', 0);
      await call('hGetEx', 'h', ['f', 'g'], { expiration: { type: 'PX', value: 90000 } });
      await call('hpTTL', 'h', ['g']);
      await call('hExpire', 'none', 'f', 1);
    },
  },
  {
    name: 'vector sets', needs: ['VADD'],
    run: async ({ call, note, words }) => {
      await call('vAdd', 'vs', [1, 0.5, -2], 'el', { SETATTR: { kind: 'a' }, QUANT: 'NOQUANT' });
      await call('vAdd', 'vs', [1, 0.5, -2], 'el', { QUANT: 'NOQUANT' });
      await call('vAdd', 'vs', [3, 4, 0], 'two', { QUANT: 'NOQUANT' });
      await call('vAdd', 'vs', [3, 4], 'short', { QUANT: 'NOQUANT' });
      for (const method of ['vCard', 'vDim', 'vInfo']) await call(method, 'vs');
      for (const method of ['vEmb', 'vEmbRaw', 'vGetAttr', 'vLinks', 'vLinksWithScores']) {
        await call(method, 'vs', 'two');
        await call(method, 'vs', 'none');
        await call(method, 'none', 'none');
      }
      await call('vSim', 'vs', 'el');
      await call('vSimWithScores', 'vs', 'el', { COUNT: 2 });
      await call('vSimWithScores', 'vs', [1, 0, 0], { FILTER: '.kind == "a"' });
      await call('vSetAttr', 'vs', 'two', { kind: 'b', n: [1, null] });
      await call('vGetAttr', 'vs', 'two');
      await call('vRandMember', 'vs', 2);
      await call('vRem', 'vs', 'two');
      await call('vRem', 'vs', 'two');
      await note('raw', () => words('VISMEMBER', 'vs', 'el'));
      await call('vAdd', 'q8', [1, 2, 3], 'el');
      await call('vEmbRaw', 'q8', 'el');
      await call('vAdd', 'bits', [1, -2, 3], 'el', { QUANT: 'BIN' });
      await call('vEmbRaw', 'bits', 'el');
    },
  },
];
