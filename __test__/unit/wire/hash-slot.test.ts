import assert from 'node:assert/strict';
import { test } from 'node:test';
import { beginEncoding, takeEncoded } from '../../../lib/client/encoding/encoded-command';
import { CommandEncoder } from '../../../lib/wire/encoder';
import { HASH_SLOTS, NO_SLOT, crc16, hashSlot, hashSlotIn, hashSlotOf, slotOfBytes } from '../../../lib/wire/hash-slot';
import { LARGE_ARGUMENT } from '../../../lib/wire/large-arguments';

/** CRC-16/XMODEM as its definition has it, bit by bit. */
function reference(bytes: Buffer): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = ((crc << 1) ^ (crc & 0x8000 ? 0x1021 : 0)) & 0xffff;
  }
  return crc;
}

test('the checksum that the specification of clusters gives as its example', () => {
  assert.equal(crc16(Buffer.from('123456789')), 0x31c3);
  assert.equal(hashSlot('123456789'), 12_739);
  assert.equal(crc16(Buffer.alloc(0)), 0);
});

test('the checksum of any bytes, and of a part of them', () => {
  const bytes = Buffer.from(Array.from({ length: 1024 }, (_, i) => (i * 167 + (i >> 3)) & 0xff));
  for (let end = 0; end <= bytes.length; end += 31) {
    assert.equal(crc16(bytes, 7, Math.max(7, end)), reference(bytes.subarray(7, Math.max(7, end))));
  }
});

test('slots that servers give', () => {
  // CLUSTER KEYSLOT of Redis 7.0.
  const slots: [string, number][] = [
    ['foo', 12_182], ['bar', 5061], ['key', 12_539], ['user1000', 3443], ['', 0], ['{}', 15_257],
  ];
  for (const [key, slot] of slots) assert.equal(hashSlot(key), slot, key);
});

test('of a key with a hash tag only what is between the first braces counts', () => {
  assert.equal(hashSlot('{user1000}.following'), hashSlot('user1000'));
  assert.equal(hashSlot('foo{{bar}}zap'), hashSlot('{bar'));
  assert.equal(hashSlot('foo{bar}{zap}'), hashSlot('bar'));
  for (const key of ['foo{}{bar}', 'foo{', 'foo}', '}foo{', '{}']) assert.equal(hashSlot(key), crc16(Buffer.from(key)) % HASH_SLOTS, key);
});

test('keys of each length, wherever they begin, and hash tags at each place', () => {
  const bytes = Buffer.from(Array.from({ length: 40 }, (_, i) => (i * 89 + 7) & 0x7f).map((byte) => (byte === 0x7b ? 0 : byte)));
  for (let start = 0; start < 3; start++) {
    for (let end = start; end <= bytes.length; end++) {
      const key = bytes.subarray(start, end);
      assert.equal(slotOfBytes(bytes, start, end), reference(key) % HASH_SLOTS, `from ${start} to ${end}`);
      const tagged = Buffer.concat([key, Buffer.from('{tag}'), key]);
      assert.equal(slotOfBytes(tagged), reference(Buffer.from('tag')) % HASH_SLOTS, `tag at ${key.length}`);
    }
  }
});

test('Buffers count as they are, and text as UTF-8', () => {
  const bytes = Buffer.from([0xff, 0, 0x7b, 0xfe, 0x7d, 0x0a]);
  assert.equal(hashSlot(bytes), crc16(Buffer.from([0xfe])) % HASH_SLOTS);
  assert.equal(hashSlot('schlüssel'), reference(Buffer.from('schlüssel')) % HASH_SLOTS);
  assert.equal(hashSlot('schlüssel'), hashSlot(Buffer.from('schlüssel')));
});

/** The slot of a command with this key, in an encoder and as a value. */
function slotsOf(write: (encoder: CommandEncoder) => void): [number, number] {
  const encoder = new CommandEncoder(Buffer.alloc(256)).begin('p:');
  write(encoder);
  encoder.end();
  const other = beginEncoding('p:');
  write(other);
  return [hashSlotIn(encoder), hashSlotOf(takeEncoded(other, undefined))];
}

test('a command has the slot of its first key, with its prefix', () => {
  const keys = ['k', '{tag}k', 'x'.repeat(1000), 'ü', 'y'.repeat(LARGE_ARGUMENT), Buffer.from([0xff, 0x0a, 0x7b])];
  for (const key of keys) {
    const slot = hashSlot(Buffer.concat([Buffer.from('p:'), Buffer.from(key as string)]));
    const slots = slotsOf((encoder) => {
      encoder.push('MGET');
      encoder.pushKey(key);
      encoder.pushKey('another');
      for (let i = 0; i < 12; i++) encoder.push('v');
    });
    assert.deepEqual(slots, [slot, slot]);
  }
});

test('a key that is marked decides, and a command without a key has no slot', () => {
  assert.deepEqual(slotsOf((encoder) => {
    encoder.push('XREAD', 'foo');
    encoder.markRoutingKey('bar');
  }), [5061, 5061]);
  assert.deepEqual(slotsOf((encoder) => encoder.push('PING')), [NO_SLOT, NO_SLOT]);
});
