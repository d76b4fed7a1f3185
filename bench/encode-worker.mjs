/**
 * Measures how many nanoseconds one library takes to encode a command, and prints the result as JSON. Usage:
 * encode-worker.mjs oxredis|redis ms
 */
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The commands to compare: method and arguments. */
const CALLS = {
  get: ['key:000001'],
  set: ['key:000001', 'value-0123456789'],
  hSet: ['key:000001', { name: 'Ada', year: '1815', city: 'London' }],
  zAdd: ['key:000001', [{ score: 1, value: 'one' }, { score: 2.5, value: 'two' }]],
  lPush: ['key:000001', ['first', 'second', 'third']],
  mSet: [{ 'key:1': 'one', 'key:2': 'two', 'key:3': 'three' }]
};

/** Encodes as oxredis does: into a buffer that is sent when it is full. Returns a function that encodes once. */
function ours(method) {
  const { CommandEncoder } = require(path.join(ROOT, 'dist/wire/encoder.js'));
  const { COMMAND_TABLE } = require(path.join(ROOT, 'dist/commands/index.js'));
  const encoder = new CommandEncoder(Buffer.alloc(64 * 1024));
  const { parseCommand } = COMMAND_TABLE[method];
  return args => {
    if (encoder.position > 32 * 1024) encoder.start = 0;
    encoder.begin();
    parseCommand(encoder, ...args);
    const length = encoder.end();
    encoder.commit();
    return length;
  };
}

/**
 * Encodes as npm redis does: to a list of parts, which Node converts to bytes when it writes them. Returns a function
 * that encodes once.
 */
function theirs(method) {
  const client = createRequire(require.resolve('redis', { paths: [ROOT] }));
  const { BasicCommandParser } = client('@redis/client/dist/lib/client/parser');
  const encode = client('@redis/client/dist/lib/RESP/encoder').default;
  const { parseCommand } = client('@redis/client/dist/lib/commands').default[method];
  const buffer = Buffer.alloc(64 * 1024);
  return args => {
    const parser = new BasicCommandParser();
    parseCommand(parser, ...args);
    let length = 0;
    for (const piece of encode(parser.redisArgs)) length += typeof piece === 'string' ? buffer.write(piece, length) : piece.length;
    return length;
  };
}

const [library, ms] = process.argv.slice(2);
const results = {};
for (const [method, args] of Object.entries(CALLS)) {
  const encode = (library === 'oxredis' ? ours : theirs)(method);
  let bytes = 0;
  for (let i = 0; i < 20_000; i++) bytes += encode(args);
  const end = performance.now() + Number(ms);
  let count = 0;
  const start = performance.now();
  do {
    for (let i = 0; i < 1000; i++) bytes += encode(args);
    count += 1000;
  } while (performance.now() < end);
  results[method] = { ns: (performance.now() - start) * 1e6 / count, bytes: bytes / (count + 20_000) };
}
process.stdout.write(JSON.stringify(results));
