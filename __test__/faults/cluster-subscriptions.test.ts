/** Subscriptions of clusters whose layouts are wrong, or whose servers are slow. The servers are scripted. */
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { createCluster } from '../../lib';
import { hashSlot } from '../../lib/wire/hash-slot';
import { reply } from '../support/resp';
import { SILENCE, startScriptedServer, type Answer, type ScriptedConnection, type ScriptedServer } from '../support/scripted-server';
import { until } from '../support/until';

const CHANNEL = '{tag}news';
const SLOT = hashSlot(CHANNEL);

const ends: (() => void)[] = [];
const servers: ScriptedServer[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) end();
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

interface Node {
  readonly server: ScriptedServer;
  /** Answers subscriptions. */
  onSubscribe: (command: string[], connection: ScriptedConnection) => Answer;
  /** Answers GET. */
  onGet: () => Answer;
}

/** Two nodes. @param boundary gives the first slot of the second one: all before are of the first one */
async function twoNodes(boundary: () => number): Promise<[Node, Node]> {
  const nodes: Node[] = [];
  const shard = (first: number, last: number, { server: { port } }: Node): Buffer => reply.array([
    reply.integer(first), reply.integer(last), reply.array([reply.bulk('127.0.0.1'), reply.integer(port), reply.bulk(String(port).padEnd(40, '0'))]),
  ]);
  for (let index = 0; index < 2; index += 1) {
    const server = await startScriptedServer({
      onCommand(command, connection) {
        const [one, other] = nodes as [Node, Node];
        const self = nodes[index] as Node;
        if (command[0] === 'CLUSTER') {
          const shards = [[0, boundary() - 1, one], [boundary(), 16_383, other]] as const;
          return reply.array(shards.filter(([first, last]) => first <= last).map(([first, last, of]) => shard(first, last, of)));
        }
        if (command[0] === 'GET') return self.onGet();
        return /subscribe$/.test(command[0] as string) ? self.onSubscribe(command, connection) : undefined;
      },
    });
    servers.push(server);
    nodes.push({ server, onSubscribe: acknowledge, onGet: () => reply.bulk('v') });
  }
  return nodes as [Node, Node];
}

function acknowledge([name, ...channels]: string[]): Answer {
  return Buffer.concat(channels.map((channel) => reply.push([reply.bulk(name as string), reply.bulk(Buffer.from(channel, 'latin1')), reply.integer(1)])));
}

const message = (text: string): Buffer => reply.push([reply.bulk('smessage'), reply.bulk(CHANNEL), reply.bulk(text)]);

async function connected({ server }: Node) {
  const cluster = createCluster({ rootNodes: [{ url: server.url }] });
  cluster.on('error', () => undefined);
  ends.push(() => cluster.destroy());
  await cluster.connect();
  return cluster;
}

/** The connection of a node that has sent a command. */
function connectionOf({ server }: Node, name: string): ScriptedConnection {
  const found = server.connections.find(({ commands }) => commands.some(([first]) => first === name));
  assert.ok(found, `Nobody has sent ${name}`);
  return found;
}

const count = ({ server }: Node, name: string): number => server.commands.filter(([first]) => first === name).length;

/** The first node has the slot, and a listener for it; then it says that the second one has it. */
async function withMovedSlot(second: (nodes: [Node, Node]) => Node['onSubscribe']) {
  let boundary = SLOT + 1;
  const nodes = await twoNodes(() => boundary);
  const [one, other] = nodes;
  other.onSubscribe = second(nodes);
  const cluster = await connected(one);
  const heard: string[] = [];
  await cluster.sSubscribe(CHANNEL, (text) => heard.push(text));
  boundary = SLOT;
  one.onGet = () => reply.error(`MOVED ${SLOT} 127.0.0.1:${other.server.port}`);
  assert.equal(await cluster.get('{tag}'), 'v');
  return { one, other, heard, from: connectionOf(one, 'ssubscribe') };
}

test('a layout that is out of date ends no subscription', async () => {
  const refuse = ([{ server }]: [Node, Node]) => (): Answer => reply.error(`MOVED ${SLOT} 127.0.0.1:${server.port}`);
  const { one, other, heard, from } = await withMovedSlot(refuse);
  await until(() => count(other, 'ssubscribe') > 1, 'attempts at the node that the layout names');
  from.send(message('still here'));
  await until(() => heard.length > 0, 'the message');
  assert.deepEqual(heard, ['still here']);
  assert.equal(count(one, 'sunsubscribe'), 0);
});

test('a subscription is live at its new node before it leaves the old one, and is delivered by one of them', async () => {
  let answer = (): void => undefined;
  const { one, other, heard, from } = await withMovedSlot(() => (command, connection) => {
    answer = () => connection.send(Buffer.concat([acknowledge(command) as Buffer, message('new')]));
    return SILENCE;
  });
  await until(() => count(other, 'ssubscribe') === 1, 'the subscription at the new node');
  from.send(message('old'));
  await until(() => heard.length === 1, 'the message of the old node');
  assert.equal(count(one, 'sunsubscribe'), 0);
  answer();
  await until(() => count(one, 'sunsubscribe') === 1 || from.socket.destroyed, 'the end at the old node');
  from.send(message('late'));
  connectionOf(other, 'ssubscribe').send(message('newer'));
  await until(() => heard.includes('newer'), 'the message of the new node');
  assert.deepEqual(heard, ['old', 'new', 'newer']);
});

test('a node that ended a subscription is not asked again before another one is known', async () => {
  let boundary = SLOT + 1;
  const [one, other] = await twoNodes(() => boundary);
  const cluster = await connected(one);
  const heard: string[] = [];
  await cluster.sSubscribe(CHANNEL, (text) => heard.push(text));
  const readings = count(one, 'CLUSTER') + count(other, 'CLUSTER');
  connectionOf(one, 'ssubscribe').send(reply.push([reply.bulk('sunsubscribe'), reply.bulk(CHANNEL), reply.integer(0)]));
  await until(() => count(one, 'CLUSTER') + count(other, 'CLUSTER') > readings, 'the layout to be read');
  boundary = SLOT;
  await until(() => count(other, 'ssubscribe') === 1, 'the subscription at the new node');
  assert.equal(count(one, 'ssubscribe'), 1);
});

test('a node that does not answer holds up no subscription of others', async () => {
  const [one, other] = await twoNodes(() => SLOT + 1);
  one.onSubscribe = () => SILENCE;
  const cluster = await connected(one);
  let isMade = false;
  const waiting = cluster.sSubscribe(CHANNEL, () => undefined).then(() => (isMade = true), () => undefined);
  await until(() => count(one, 'ssubscribe') === 1, 'the first subscription');
  const elsewhere = Array.from({ length: 100 }, (_, index) => `${index}`).find((name) => hashSlot(name) > SLOT) as string;
  await cluster.sSubscribe(elsewhere, () => undefined);
  assert.equal(count(other, 'ssubscribe'), 1);
  assert.equal(isMade, false);
  cluster.destroy();
  await waiting;
});

test('names of channels are sent byte for byte', async () => {
  const [one] = await twoNodes(() => 16_384);
  const cluster = await connected(one);
  const name = Buffer.from([0xff, 0xfe, 0x00, 0x80]);
  await cluster.subscribe(name, () => undefined);
  await cluster.sSubscribe(name, () => undefined);
  await cluster.unsubscribe(name);
  for (const command of ['subscribe', 'ssubscribe', 'unsubscribe']) {
    assert.deepEqual(one.server.commands.filter(([first]) => first === command), [[command, name.toString('latin1')]]);
  }
});
