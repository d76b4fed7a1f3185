/**
 * Measures the cost of encoding a command and of decoding a reply, without engine, socket or server: nanoseconds of
 * CPU, the minimum of several rounds.
 *
 *   npm run build:ts && node bench/wire.mjs
 */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { CommandEncoder } = require('../dist/wire/encoder.js');
const { TapeReader } = require('../dist/wire/decoder.js');
const op = require('../dist/wire/tape-ops.js');

const ROUNDS = 10;
/** Keeps results alive, so that the compiler cannot remove the measured code. */
export let sink;

function nanoseconds(run, times) {
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage().user;
    for (let i = 0; i < times; i++) sink = run(i);
    best = Math.min(best, ((process.cpuUsage().user - before) * 1000) / times);
  }
  return best;
}

const encoder = new CommandEncoder(Buffer.allocUnsafeSlow(1 << 16));
function encode(push) {
  encoder.begin();
  push(encoder);
  encoder.end();
  encoder.commit();
  if (encoder.start > 50_000) encoder.reset();
}

const keys = Array.from({ length: 1000 }, (_, i) => `user:session:${i}`);
const words = Array.from({ length: 100 }, (_, i) => `item:${i}`);
const set = (key, value) => encode((parser) => {
  parser.push('SET');
  parser.pushKey(key);
  parser.push(value);
});
const kilobyte = 'x'.repeat(1000);
const kilobuffer = Buffer.from(kilobyte);
const commands = {
  'GET': (i) => encode((parser) => {
    parser.push('GET');
    parser.pushKey(keys[i % 1000]);
  }),
  'SET, 16 chars': (i) => set(keys[i % 1000], '0123456789abcdef'),
  'SET, 16 chars that are not ASCII': (i) => set(keys[i % 1000], 'éèàçéèàçéèàçéèàç'),
  'SET, 1 KB string': (i) => set(keys[i % 1000], kilobyte),
  'SET, 1 KB Buffer': (i) => set(keys[i % 1000], kilobuffer),
  'MGET, 100 keys': () => encode((parser) => {
    parser.push('MGET');
    parser.pushKeys(words);
  })
};

/** Returns a reader for an aggregate of bulk strings, as the engine passes it. */
function reply(type, count, texts) {
  const reader = new TapeReader();
  const tape = [type, count];
  let text = '';
  for (const value of texts) {
    text += `$${value.length}\r\n`;
    tape.push(op.BLOB_STRING | op.ASCII, text.length, value.length);
    text += `${value}\r\n`;
  }
  reader.words = Int32Array.from(tape);
  reader.bytes = Buffer.from(text);
  return (mapping) => {
    reader.cursor = 0;
    return reader.readFlatMap(mapping);
  };
}

const list = (count, text) => Array.from({ length: count }, (_, i) => `${text} ${i}`);
const fields = (count, name = 'field') => list(count, name).flatMap((field, i) => [field, `value of ${i}`]);
const hash = reply(op.MAP, 50, fields(50));
const flat = reply(op.ARRAY, 100, fields(50));
const short = reply(op.ARRAY, 101, list(101, 'v'));
const long = reply(op.ARRAY, 1001, list(1001, 'the value that has the number'));
const fresh = Array.from({ length: 2000 }, (_, i) => reply(op.MAP, 50, fields(50, `field of ${i}:`)));
const replies = {
  'hash of 50 fields': () => hash(),
  'hash of 50 fields, RESP2': () => flat(),
  'hash of 50 fields, values as Buffers': () => hash({ 36: Buffer }),
  'hash of 50 fields that never come back': (i) => fresh[i % fresh.length](),
  'list of 101 short strings': () => short(),
  'list of 1,001 strings': () => long()
};

for (const [title, runs, times] of [['Encoding', commands, 50_000], ['Decoding', replies, 5_000]]) {
  console.log(`${title} (ns, best of ${ROUNDS})`);
  for (const [name, run] of Object.entries(runs)) {
    console.log(`  ${name.padEnd(42)}${Math.round(nanoseconds(run, times)).toLocaleString('en').padStart(9)}`);
  }
}
