import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeCommand, reply, RespDecoder, RespError, RespPush, type RespValue } from '../../support/resp';

function decode(bytes: string | Buffer): RespValue[] {
  return new RespDecoder().push(Buffer.from(bytes as string));
}

test('commands are arrays of bulk strings, counted in bytes', () => {
  assert.equal(encodeCommand(['SET', 'ü', 1]).toString(), '*3\r\n$3\r\nSET\r\n$2\r\nü\r\n$1\r\n1\r\n');
});

test('every type of RESP2 and RESP3 is decoded', () => {
  assert.deepEqual(decode('+OK\r\n:12\r\n:9007199254740993\r\n$3\r\nabc\r\n$-1\r\n*-1\r\n_\r\n#t\r\n,1.5\r\n,-inf\r\n(12\r\n=7\r\ntxt:abc\r\n'), [
    ...['OK', 12, 9007199254740993n, 'abc', null, null, null, true, 1.5, -Infinity, 12n, 'abc'],
  ]);
  assert.deepEqual(decode('*2\r\n:1\r\n*1\r\n+x\r\n'), [[1, ['x']]]);
  assert.deepEqual(decode('%1\r\n+a\r\n:1\r\n'), [new Map([['a', 1]])]);
  assert.deepEqual(decode('~1\r\n+a\r\n'), [['a']]);
  const [error, push] = decode('-ERR no\r\n>2\r\n+message\r\n$1\r\nx\r\n');
  assert.ok(error instanceof RespError && error.message === 'ERR no');
  assert.ok(push instanceof RespPush);
  assert.deepEqual(push.values, ['message', 'x']);
});

test('a reply that arrives byte by byte is decoded once, when it is complete', () => {
  const bytes = reply.array([reply.bulk('one'), reply.map([reply.simple('k'), reply.integer(5)]), reply.nil2]);
  const decoder = new RespDecoder();
  const values = [...bytes].flatMap((byte) => decoder.push(Buffer.from([byte])));
  assert.deepEqual(values, [['one', new Map([['k', 5]]), null]]);
});
