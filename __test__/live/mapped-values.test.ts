/** A value is the same on every path that it can take: alone, in a pipeline, in a block, from the cache, from a load that was joined. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createClient, RESP_TYPES, VerbatimString, type RedisClientType, type TypeMapping } from '../../lib';
import { startScriptedServer, type ScriptedServer } from '../support/scripted-server';

interface Sample {
  what: string;
  resp: string | Buffer;
  /** What the mapping makes of it. */
  under: (mapping: TypeMapping) => unknown;
}

const MAPPINGS: [string, TypeMapping][] = [
  ['none', {}],
  ['blobs as Buffers', { [RESP_TYPES.BLOB_STRING]: Buffer }],
  ['simple strings as Buffers', { [RESP_TYPES.SIMPLE_STRING]: Buffer }],
  ['both as Buffers', { [RESP_TYPES.BLOB_STRING]: Buffer, [RESP_TYPES.SIMPLE_STRING]: Buffer }],
  ['blobs as strings', { [RESP_TYPES.BLOB_STRING]: String }],
  ['verbatim strings as Buffers', { [RESP_TYPES.VERBATIM_STRING]: Buffer }],
  ['verbatim strings with their format', { [RESP_TYPES.VERBATIM_STRING]: VerbatimString }],
  ['numbers as strings', { [RESP_TYPES.NUMBER]: String, [RESP_TYPES.DOUBLE]: String, [RESP_TYPES.BIG_NUMBER]: String }],
  ['maps as Maps, sets as Sets', { [RESP_TYPES.MAP]: Map, [RESP_TYPES.SET]: Set }],
  ['maps as arrays, blobs as Buffers', { [RESP_TYPES.MAP]: Array, [RESP_TYPES.BLOB_STRING]: Buffer }],
];

const text = (bytes: string, as: unknown): unknown => (as === Buffer ? Buffer.from(bytes) : bytes);

function blob(bytes: string): Sample {
  return {
    what: `blob of ${bytes.length}`, resp: `$${Buffer.byteLength(bytes)}\r\n${bytes}\r\n`,
    under: (mapping) => text(bytes, mapping[RESP_TYPES.BLOB_STRING]),
  };
}

function simple(bytes: string): Sample {
  return { what: `simple string of ${bytes.length}`, resp: `+${bytes}\r\n`, under: (mapping) => text(bytes, mapping[RESP_TYPES.SIMPLE_STRING]) };
}

function verbatim(bytes: string): Sample {
  return {
    what: `verbatim string of ${bytes.length}`, resp: `=${bytes.length + 4}\r\ntxt:${bytes}\r\n`,
    under: (mapping) => {
      const as = mapping[RESP_TYPES.VERBATIM_STRING];
      return as === VerbatimString ? new VerbatimString('txt', bytes) : text(bytes, as);
    },
  };
}

function plain(type: keyof TypeMapping, digits: string, value: unknown): Sample {
  const resp = `${String.fromCharCode(type)}${digits}\r\n`;
  return { what: resp.trim(), resp, under: (mapping) => (mapping[type] === String ? digits : value) };
}

function list(type: string, samples: readonly Sample[], make: (mapping: TypeMapping, values: unknown[]) => unknown): Sample {
  const head = Buffer.from(`${type}${type === '%' ? samples.length / 2 : samples.length}\r\n`);
  return {
    what: `${type} of ${samples.map(({ what }) => what).join(', ')}`.slice(0, 60),
    resp: Buffer.concat([head, ...samples.map(({ resp }) => Buffer.from(resp as string))]),
    under: (mapping) => make(mapping, samples.map((sample) => sample.under(mapping))),
  };
}

const array = (...samples: Sample[]): Sample => list('*', samples, (_, values) => values);
const set = (...samples: Sample[]): Sample =>
  list('~', samples, (mapping, values) => (mapping[RESP_TYPES.SET] === Set ? new Set(values) : values));

/** Keys are strings, except in a flat map. */
function map(...pairs: [string, Sample][]): Sample {
  return list('%', pairs.flatMap(([key, value]) => [blob(key), value]), (mapping, values) => {
    if (mapping[RESP_TYPES.MAP] === Array) return values;
    const entries = pairs.map(([key], i): [string, unknown] => [key, values[2 * i + 1]]);
    return mapping[RESP_TYPES.MAP] === Map ? new Map(entries) : Object.fromEntries(entries);
  });
}

/** Every char says where it is. */
const ascii = (length: number): string => 'abcdefghijklm0123456789'.repeat(Math.ceil(length / 23)).slice(0, length);
const LENGTHS = [...Array(21).keys(), 80, 81, 176, 177, 2047, 2048, 2049, 2050, 65_535, 65_536, 65_537];
const NUMBERS = [
  plain(RESP_TYPES.NUMBER, '0', 0), plain(RESP_TYPES.NUMBER, '-7', -7), plain(RESP_TYPES.NUMBER, '9007199254740993', 9007199254740992),
  plain(RESP_TYPES.DOUBLE, '1.5', 1.5), plain(RESP_TYPES.DOUBLE, 'inf', Infinity), plain(RESP_TYPES.BIG_NUMBER, '12345678901234567890', 12345678901234567890n),
];
const FIXED: Sample[] = [
  { what: 'null', resp: '_\r\n', under: () => null }, { what: 'true', resp: '#t\r\n', under: () => true },
];
const MIXED = [blob(''), simple(''), blob('é'), ...FIXED, ...NUMBERS, verbatim(''), blob(ascii(20)), simple(ascii(20)), blob(ascii(300))];
/** Strings of one reply, some of which V8 would cut from larger ones. */
const MANY = Array.from({ length: 300 }, (_, i) => blob(`${i}:${ascii((i * 11) % 90)}`));
const SAMPLES: Sample[] = [
  ...LENGTHS.flatMap((length) => [blob(ascii(length)), simple(ascii(length)), verbatim(ascii(length))]),
  ...['é', 'ß'.repeat(13), '€'.repeat(800), '\u{1f600}'.repeat(16_385)].map(blob),
  ...FIXED, ...NUMBERS, array(), set(), map(), array(...MIXED), set(...MIXED), array(...LENGTHS.map((length) => blob(ascii(length)))),
  map(...MIXED.map((sample, i): [string, Sample] => [`field:${i}`, sample])), array(map(['', array(...MIXED)]), set(blob('a'), simple('b'))),
  array(...MANY), set(...MANY), map(...MANY.map((sample, i): [string, Sample] => [`field:${ascii(i % 30)}:${i}`, sample])),
  map(...MANY.slice(0, 60).map((sample, i): [string, Sample] => [`field:${i}`, sample])), array(...MANY, array(...MANY), set(...MANY)),
];

let server: ScriptedServer;
let uncached: RedisClientType;
let cached: RedisClientType;

before(async () => {
  server = await startScriptedServer({
    onCommand: ([name, key]) => (name === 'GET' ? SAMPLES[Number((key as string).split(':')[0])]?.resp : undefined),
  });
  const client = async (more: object): Promise<RedisClientType> => {
    const one = createClient({ socket: { host: '127.0.0.1', port: server.port }, ...more }) as unknown as RedisClientType;
    one.on('error', () => undefined);
    return one.connect();
  };
  [uncached, cached] = await Promise.all([client({}), client({ clientSideCache: { ttl: 0, maxEntries: 0 } })]) as [RedisClientType, RedisClientType];
});

after(async () => {
  uncached.destroy();
  cached.destroy();
  await server.stop();
});

const read = (client: RedisClientType, key: string, mapping: TypeMapping): Promise<unknown> => client.withTypeMapping(mapping).get(key);

for (const [name, mapping] of MAPPINGS) {
  test(`alone and in a pipeline: ${name}`, async () => {
    for (const [i, { what, under }] of SAMPLES.entries()) assert.deepEqual(await read(uncached, `${i}`, mapping), under(mapping), what);
    const all = await Promise.all(SAMPLES.map((_, i) => read(uncached, `${i}`, mapping)));
    for (const [i, { what, under }] of SAMPLES.entries()) assert.deepEqual(all[i], under(mapping), `${what}, in a pipeline`);
  });

  for (const [other, first] of MAPPINGS) {
    test(`cached: ${name}, after ${other}`, async () => {
      const asked = cached.clientSideCache as unknown as { stats(): { hitCount: number } };
      for (const [i, { what, under }] of SAMPLES.entries()) {
        const key = `${i}:${name}:${other}`;
        const loads = await Promise.all([read(cached, key, first), read(cached, key, mapping), read(cached, key, {})]);
        assert.deepEqual(loads, [under(first), under(mapping), under({})], `${what}, a load that was joined`);
        const hits = asked.stats().hitCount;
        for (const turn of ['a hit', 'the next hit']) {
          assert.deepEqual(await read(cached, key, mapping), under(mapping), `${what}, ${turn}`);
          assert.deepEqual(await read(cached, key, {}), under({}), `${what}, ${turn} as it is`);
        }
        assert.equal(asked.stats().hitCount, hits + 4, what);
      }
    });
  }
}
