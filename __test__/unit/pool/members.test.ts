import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Doing, Member, Members } from '../../../lib/pool/members';
import type { PooledClient } from '../../../lib/pool/pooled-client';

interface Double { outstanding: number }

function members(count: number): { members: Members; made: Member[]; links: Double[] } {
  const all = new Members();
  const links: Double[] = [];
  const made = Array.from({ length: count }, () => {
    const link = { outstanding: 0 };
    links.push(link);
    const member = new Member({ _runner: { requests: link }, _belongsTo: () => undefined } as unknown as PooledClient, {} as never);
    all.add(member);
    return member;
  });
  return { members: all, made, links };
}

test('counts and lists follow what members do', () => {
  const { members: all, made } = members(4);
  assert.equal(all.connecting, 4);
  for (const member of made) all.place(member, Doing.Idle);
  const [a, b, c, d] = made as [Member, Member, Member, Member];
  all.place(b, Doing.Busy);
  all.place(a, Doing.Reserved);
  assert.deepEqual([all.idle.length, all.busy, all.reserved, all.connecting], [2, [b], 1, 0]);
  all.remove(a);
  all.remove(c);
  all.remove(b);
  assert.deepEqual([all.idle, all.busy, all.reserved, all.all.size], [[d], [], 0, 1]);
  for (const member of all.idle) assert.equal(all.idle[member.index], member);
});

test('an idle member comes first, the one used last before others', () => {
  const { members: all, made } = members(3);
  for (const member of made) all.place(member, Doing.Idle);
  all.watchIdle();
  assert.deepEqual([all.choose(), all.choose()], [made[2], made[1]]);
  assert.equal(all.fewestIdle, 1);
  all.place(made[2] as Member, Doing.Idle);
  assert.equal(all.choose(), made[2]);
  assert.equal(all.choose(), made[0]);
});

test('then a light one: load is even within a few commands, also when members come and go', () => {
  const { members: all, made, links } = members(10);
  for (const member of made) all.place(member, Doing.Busy);
  for (let i = 0; i < 1000; i++) (links[made.indexOf(all.choose() as Member)] as Double).outstanding++;
  const loads = links.map(({ outstanding }) => outstanding);
  assert.ok(Math.max(...loads) - Math.min(...loads) <= 20, loads.join());
  (links[3] as Double).outstanding = 0;
  let given = 0;
  for (let i = 0; i < 100; i++) {
    const index = made.indexOf(all.choose() as Member);
    (links[index] as Double).outstanding++;
    if (index === 3) given++;
  }
  assert.ok(given >= 80, `${given} of 100`);
  all.place(made[3] as Member, Doing.Lent);
  assert.notEqual(all.choose(), made[3]);
});

test('a member that is offline only without others', () => {
  const { members: all, made } = members(2);
  const [a, b] = made as [Member, Member];
  assert.equal(all.choose(), undefined);
  all.place(a, Doing.Offline);
  assert.equal(all.choose(), a);
  all.place(b, Doing.Busy);
  assert.equal(all.choose(), b);
});
