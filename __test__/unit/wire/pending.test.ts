/** The table of waiting requests: which ticket goes to whom. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pending, PendingTable, type PendingOwner } from '../../../lib/wire/pending';

const unheard = (): never => assert.fail('nobody ends requests here');
const owner: PendingOwner = { onReply: unheard, onDropped: unheard, onDone: unheard, onFailure: unheard };

function request(): Pending {
  return new Pending(owner, unheard, unheard, undefined, undefined, undefined, undefined, 0);
}

test('each request is found by its ticket until it is taken, once', () => {
  const table = new PendingTable();
  const requests = [request(), request(), request()];
  const tickets = requests.map((pending) => table.add(pending));
  assert.deepEqual([tickets, table.size], [[0, 1, 2], 3]);
  assert.equal(table.peek(1), requests[1]);
  assert.equal(table.take(1), requests[1]);
  assert.deepEqual([table.take(1), table.peek(1), table.take(99), table.size], [undefined, undefined, undefined, 2]);
  assert.equal(table.add(request()), 1, 'a free ticket is given again');
});

test('a reserved ticket is nobody else\'s, and the same until it is given', () => {
  const table = new PendingTable();
  table.add(request());
  assert.equal(table.reserved, -1);
  table.reserve();
  const { reserved } = table;
  const others = [table.add(request()), table.add(request())];
  assert.ok(!others.includes(reserved));
  table.take(0);
  assert.deepEqual([table.reserved, table.size, table.peek(reserved), table.take(reserved)], [reserved, 2, undefined, undefined]);
  const load = request();
  assert.equal(table.addReserved(load), reserved);
  assert.deepEqual([table.peek(reserved), table.size], [load, 3]);
  assert.notEqual(table.reserved, reserved);
  assert.equal(table.size, 3);
});

test('one that nobody has asked for is reserved when it is given', () => {
  const table = new PendingTable();
  const load = request();
  assert.equal(table.peek(table.addReserved(load)), load);
});

test('a table that was large starts anew when it is empty, whether or not a ticket is reserved', () => {
  for (const reserves of [false, true]) {
    const table = new PendingTable();
    if (reserves) table.reserve();
    const tickets = Array.from({ length: 70_000 }, () => table.add(request()));
    for (const ticket of tickets) table.take(ticket);
    assert.equal(table.size, 0);
    const { reserved } = table;
    const added = [table.add(request()), table.add(request())];
    assert.deepEqual([...added, reserved].sort(), reserves ? [0, 1, 2] : [-1, 0, 1]);
  }
});

test('what watches a request ends once', () => {
  const pending = request();
  let ended = 0;
  pending.cleanup = () => {
    ended++;
  };
  pending.unwatch();
  pending.unwatch();
  assert.equal(ended, 1);
});
