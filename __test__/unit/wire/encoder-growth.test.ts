import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { CommandEncoder } from '../../../lib/wire/encoder';
import { argument, encodeNaively } from './reference-encoder';

/** What a connection does: the shared buffer is flushed when it is full, larger commands get a buffer of their own. */
class Outbox {
  readonly sent: Buffer[] = [];
  readonly shared: Buffer;
  readonly encoder: CommandEncoder;

  constructor(size: number) {
    this.shared = Buffer.alloc(size);
    this.encoder = new CommandEncoder(this.shared, (encoder, needed) => {
      this.sent.push(Buffer.from(encoder.buffer.subarray(0, encoder.start)));
      const bytes = encoder.position - encoder.start + needed;
      encoder.relocate(bytes <= size && encoder.buffer === this.shared ? this.shared : Buffer.alloc(bytes * 2));
    });
  }

  flush(): Buffer {
    this.sent.push(Buffer.from(this.encoder.buffer.subarray(0, this.encoder.start)));
    this.encoder.buffer = this.shared;
    this.encoder.reset();
    return Buffer.concat(this.sent.splice(0));
  }
}

test('a hook that flushes and relocates keeps every byte in order', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 4, max: 2000 }), fc.array(fc.array(argument, { minLength: 1, maxLength: 14 }), { maxLength: 20 }),
      (size, commands) => {
        const outbox = new Outbox(size);
        for (const args of commands) {
          outbox.encoder.begin();
          outbox.encoder.push(args[0]);
          outbox.encoder.pushKeys(args.slice(1));
          outbox.encoder.end();
          if (args.length > 1) {
            const key = encodeNaively([args[1]]).subarray(4);
            const from = outbox.encoder.start + outbox.encoder.keyAt;
            assert.deepEqual(outbox.encoder.buffer.subarray(from, from + key.length), key);
          }
          outbox.encoder.commit();
        }
        assert.deepEqual(outbox.flush(), Buffer.concat(commands.map(encodeNaively)));
      }
    ),
    { numRuns: 300 }
  );
});

test('the hook is asked once for a large value, and what follows fits', () => {
  let asked = 0;
  const encoder = new CommandEncoder(Buffer.alloc(1024), (self, needed) => {
    asked++;
    self.relocate(Buffer.allocUnsafeSlow(self.position - self.start + needed + 4096));
  });
  const value = Buffer.alloc(8 << 20, 'v');
  encoder.begin();
  encoder.push('SET', 'k', value, 'EX', '10');
  encoder.end();
  assert.equal(asked, 1);
  const sent = encoder.buffer.subarray(encoder.start, encoder.position);
  assert.ok(sent.equals(encodeNaively(['SET', 'k', value, 'EX', '10'])));
});

test('large strings, ASCII or not', () => {
  for (const value of ['x'.repeat(5 << 20), 'é'.repeat(3 << 20), 'a'.repeat(1 << 20) + '\ud800']) {
    const encoder = new CommandEncoder(Buffer.alloc(64)).begin();
    encoder.push('SET', 'k', value);
    encoder.end();
    assert.ok(encoder.buffer.subarray(0, encoder.position).equals(encodeNaively(['SET', 'k', value])));
  }
});

test('a command that would not fit into 2 GB is refused, and the encoder goes on', () => {
  // Memory that is never touched costs nothing.
  const huge = Buffer.from(new ArrayBuffer(2 ** 31));
  const encoder = new CommandEncoder(Buffer.alloc(64)).begin();
  encoder.push('SET', 'k', huge);
  assert.throws(() => encoder.end(), { name: 'RangeError', message: /^The command is too large: \d+ bytes, at most 2147483647$/ });
  encoder.push('GET', 'k');
  encoder.end();
  assert.deepEqual(encoder.buffer.subarray(0, encoder.position), encodeNaively(['GET', 'k']));
});

test('an error of the hook is the error of end()', () => {
  const encoder = new CommandEncoder(Buffer.alloc(16), () => { throw new RangeError('no memory'); }).begin();
  encoder.push('SET', 'k', 'v'.repeat(100));
  assert.throws(() => encoder.end(), new RangeError('no memory'));
  const idle = new CommandEncoder(Buffer.alloc(16), () => {}).begin();
  idle.push('SET', 'k', 'v'.repeat(100));
  assert.throws(() => idle.end(), { name: 'RangeError', message: /^No room for \d+ bytes$/ });
});
