// HIMPORT on a cluster: nodes are scripted servers with sessions, and real clients are connected to them.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createClient } from '../../../../lib';
import type { CommandOptions } from '../../../../lib/client/options/command-options';
import { shareFieldsets } from '../../../../lib/client/run/himport';
import { attachClusterHImport, type FieldsetCluster, type FieldsetExecutor, type NodeClient } from '../../../../lib/cluster/routing';
import { MaxCommandRedirectionsError } from '../../../../lib/errors';
import { RESP_TYPES } from '../../../../lib/wire/resp-types';
import { hashSlot } from '../../../../lib/wire/hash-slot';
import { reply } from '../../../support/resp';
import { startScriptedServer, type Answer, type ScriptedServer } from '../../../support/scripted-server';

interface Methods {
  hImportPrepare(fieldset: string, fields: string[]): Promise<unknown>;
  hImportSet(key: string, fieldset: string, values: string[]): Promise<unknown>;
  hImportDiscard(fieldset: string): Promise<unknown>;
  hImportDiscardAll(): Promise<unknown>;
}

/** A server that knows HIMPORT, with a client. */
class Node {
  readonly address: string;
  /** Answers before the server does. */
  refuse: (words: string[]) => Answer = () => undefined;
  client!: NodeClient & { connect(): Promise<unknown>; close(): Promise<void> };
  server!: ScriptedServer;
  /** What the session of its latest connection has. */
  fieldsets = new Map<string, string[]>();
  readonly hashes = new Map<string, Record<string, string>>();

  constructor(index: number) {
    this.address = `node:${index}`;
  }

  async start(): Promise<this> {
    this.server = await startScriptedServer({
      onCommand: (words) => this.refuse(words) ?? (words[0] === 'HIMPORT' ? this.#run(words) : words[0] === 'ASKING' ? reply.ok : undefined),
    });
    const client = createClient({ socket: { port: this.server.port, host: '127.0.0.1', reconnectStrategy: 10 } });
    client.on('error', () => undefined);
    await client.connect();
    this.client = client as never;
    return this;
  }

  #run([, verb, name = '', ...rest]: string[]): Answer {
    switch (verb) {
      case 'PREPARE':
        this.fieldsets.set(name, rest);
        return reply.ok;
      case 'SET': {
        const fields = this.fieldsets.get(rest[0] as string);
        if (fields === undefined) return reply.error('ERR no such fieldset');
        this.hashes.set(name, Object.fromEntries(fields.map((field, index) => [field, rest[index + 1] as string])));
        return ':1\r\n';
      }
      case 'DISCARD':
        return reply.integer(this.fieldsets.delete(name) ? 1 : 0);
      default: {
        const { size } = this.fieldsets;
        this.fieldsets.clear();
        return reply.integer(size);
      }
    }
  }

  /** What it was sent since the last call. */
  take(): string[] {
    const all = this.server.connections.flatMap(({ commands }) => commands.splice(0));
    return all.filter(([name]) => name === 'HIMPORT' || name === 'ASKING').map((words) => words.join(' '));
  }
}

class Cluster implements FieldsetCluster, FieldsetExecutor<Node> {
  readonly _self = this;
  readonly _executor = this as FieldsetExecutor as never;
  readonly _keyPrefix = 'p:';
  _commandOptions: CommandOptions = {};
  closed: Error | undefined;
  readonly parts = { refusal: () => this.closed } as never;
  owner: Node;
  readonly mostRedirections = 3;
  readonly asked: string[] = [];
  refreshes = 0;

  constructor(readonly primaries: Node[]) {
    this.owner = primaries[0] as Node;
    for (const { client } of primaries) shareFieldsets(this, { _self: client });
  }

  clientOf(node: Node): NodeClient {
    return node.client;
  }

  primaryOf(slot: number): Node {
    assert.equal(slot, hashSlot('p:key'));
    return this.owner;
  }

  nodeAt(host: string, port: number): Node | undefined {
    this.asked.push(`${host}:${port}`);
    return this.primaries.find(({ address }) => address === `node:${port}`);
  }

  refresh(): void {
    this.refreshes++;
  }
}
attachClusterHImport(Cluster.prototype);

function on(name: string, run: (cluster: Cluster & Methods, nodes: [Node, Node, Node]) => Promise<void>): void {
  test(name, async () => {
    const nodes = await Promise.all([0, 1, 2].map((index) => new Node(index).start())) as [Node, Node, Node];
    try {
      for (const node of nodes) node.take();
      await run(new Cluster([...nodes]) as Cluster & Methods, nodes);
    } finally {
      await Promise.all(nodes.map(async ({ client, server }) => {
        await client.close().catch(() => undefined);
        await server.stop();
      }));
    }
  });
}

const PREPARE = 'HIMPORT PREPARE user name year';
const SET = 'HIMPORT SET p:key user Ada 1815';
const set = (cluster: Methods): Promise<unknown> => cluster.hImportSet('key', 'user', ['Ada', '1815']);

describe('fieldsets', () => {
  on('are prepared on all primaries, and used on the owner of the key', async (cluster, nodes) => {
    assert.equal(await cluster.hImportPrepare('user', ['name', 'year']), 'OK');
    assert.equal(await set(cluster), 1);
    assert.deepEqual(nodes.map((node) => node.take()), [[PREPARE, SET], [PREPARE], [PREPARE]]);
    assert.deepEqual(nodes[0].hashes.get('p:key'), { name: 'Ada', year: '1815' });
  });

  on('reach a node that came later, or lost its connection, before they are used there', async (cluster, nodes) => {
    const [first, , third] = nodes;
    cluster.primaries.pop();
    await cluster.hImportPrepare('user', ['name', 'year']);
    cluster.primaries.push(third);
    cluster.owner = third;
    await set(cluster);
    assert.deepEqual(nodes.map((node) => node.take()), [[PREPARE], [PREPARE], [PREPARE, SET]]);
    // A restarted server has forgotten its sessions, which the client need not know.
    third.fieldsets.clear();
    await set(cluster);
    assert.deepEqual(third.take(), [SET, PREPARE, SET]);
    cluster.owner = first;
    await set(cluster);
    assert.deepEqual(first.take(), [SET]);
  });

  on('follow a key that has moved', async (cluster, [first, second]) => {
    await cluster.hImportPrepare('user', ['name', 'year']);
    second.fieldsets.clear();
    first.refuse = (words) => (words[1] === 'SET' ? reply.error('MOVED 1 node:1') : undefined);
    assert.equal(await set(cluster), 1);
    // The second node has lost the fieldset, so that everything is tried once more.
    assert.deepEqual(first.take(), [PREPARE, SET, SET]);
    assert.deepEqual(second.take(), [PREPARE, SET, PREPARE, SET]);
    assert.deepEqual([cluster.refreshes, cluster.asked], [2, ['node:1', 'node:1']]);
    cluster.owner = second;
    assert.equal(await set(cluster), 1);
    assert.deepEqual([first.take(), second.take()], [[], [SET]]);
  });

  on('follow a key that is moving: ASKING comes right before the command', async (cluster, [first, second]) => {
    cluster.primaries.splice(1, 1);
    await cluster.hImportPrepare('user', ['name', 'year']);
    cluster.primaries.splice(1, 0, second);
    first.refuse = (words) => (words[1] === 'SET' ? reply.error('ASK 1 node:1') : undefined);
    assert.equal(await set(cluster), 1);
    assert.deepEqual(second.take(), [PREPARE, 'ASKING', SET]);
    assert.equal(await set(cluster), 1);
    assert.deepEqual(second.take(), ['ASKING', SET]);
  });

  on('follow a redirection without a host, and only so often', async (cluster, [first, second, third]) => {
    await cluster.hImportPrepare('user', ['name', 'year']);
    first.refuse = (words) => (words[1] === 'SET' ? reply.error('MOVED 1 :2') : undefined);
    assert.equal(await set(cluster), 1);
    assert.deepEqual([first, second, third].map((node) => node.take()), [[PREPARE, SET], [PREPARE], [PREPARE, SET]]);
    for (const node of [first, third]) node.refuse = (words) => (words[1] === 'SET' ? reply.error(`MOVED 1 node:${node === first ? 2 : 0}`) : undefined);
    await assert.rejects(set(cluster), (error: Error) => error instanceof MaxCommandRedirectionsError && /MOVED/.test(String(error.cause)));
    assert.deepEqual([first, third].map((node) => node.take().length), [2, 2]);
  });

  on('wait while the cluster fails over, for as long as the timeout says', async (cluster, [first]) => {
    await cluster.hImportPrepare('user', ['name', 'year']);
    first.take();
    const refusals = ['CLUSTERDOWN Hash slot not served', 'TRYAGAIN', 'LOADING', 'MASTERDOWN'];
    first.refuse = (words) => (words[1] === 'SET' && refusals.length > 0 ? reply.error(refusals.shift() as string) : undefined);
    assert.equal(await set(cluster), 1);
    assert.equal(first.take().length, 5);
    first.refuse = (words) => (words[1] === 'SET' ? reply.error('CLUSTERDOWN') : undefined);
    cluster._commandOptions = { timeout: 50 };
    await assert.rejects(set(cluster), /CLUSTERDOWN/);
    assert.ok(first.take().length <= 2);
  });

  on('go to the new owner when the node was lost before they were written', async (cluster, [first, second]) => {
    await cluster.hImportPrepare('user', ['name', 'year']);
    await first.client.close();
    const result = set(cluster);
    await new Promise(setImmediate);
    cluster.owner = second;
    assert.equal(await result, 1);
    assert.deepEqual(second.take(), [PREPARE, SET]);
  });

  on('that one node refuses are not registered, and those before are', async (cluster, nodes) => {
    const [first, second] = nodes;
    await cluster.hImportPrepare('user', ['name', 'year']);
    second.refuse = (words) => (words[1] === 'PREPARE' ? reply.error('ERR too many') : undefined);
    await assert.rejects(cluster.hImportPrepare('user', ['year', 'name']), /too many/);
    for (const node of nodes) node.take();
    second.refuse = () => undefined;
    for (const node of nodes) {
      cluster.owner = node;
      await set(cluster);
      assert.deepEqual(node.hashes.get('p:key'), { name: 'Ada', year: '1815' });
    }
    assert.deepEqual(first.take(), [PREPARE, SET]);
  });
});

describe('discards', () => {
  on('run on all primaries; the result is what was registered', async (cluster, nodes) => {
    await cluster.hImportPrepare('user', ['name', 'year']);
    await cluster.hImportPrepare('other', ['a']);
    for (const node of nodes) node.take();
    assert.equal(await cluster.hImportDiscard('user'), 1);
    assert.equal(await cluster.hImportDiscard('user'), 0);
    assert.deepEqual(nodes.map((node) => node.take()), nodes.map(() => ['HIMPORT DISCARD user', 'HIMPORT DISCARD user']));
    cluster._commandOptions = { typeMapping: { [RESP_TYPES.NUMBER]: String } };
    assert.equal(await cluster.hImportDiscardAll(), '1');
    await assert.rejects(set(cluster), /no such fieldset/);
    assert.deepEqual(nodes.map(({ fieldsets }) => fieldsets.size), [0, 0, 0]);
  });

  on('that a node has missed are made up for', async (cluster, [first, second]) => {
    await cluster.hImportPrepare('user', ['name', 'year']);
    await cluster.hImportPrepare('other', ['a']);
    cluster.primaries.splice(1, 1);
    await cluster.hImportDiscard('other');
    assert.equal(second.fieldsets.has('other'), true);
    cluster.owner = second;
    await set(cluster);
    assert.deepEqual([...second.fieldsets.keys()], ['user']);
    assert.deepEqual([...first.fieldsets.keys()], ['user']);
  });

  on('that one node refuses stand', async (cluster, [, second]) => {
    await cluster.hImportPrepare('user', ['name', 'year']);
    second.refuse = (words) => (words[1] === 'DISCARD' ? reply.error('ERR busy') : undefined);
    await assert.rejects(cluster.hImportDiscard('user'), /busy/);
    assert.equal(await cluster.hImportDiscardAll(), 0);
  });
});

on('a closed cluster, invalid arguments and no nodes', async (cluster, nodes) => {
  await assert.rejects(cluster.hImportSet('key', 'user', [5 as never]), TypeError);
  cluster.closed = new Error('closed');
  for (const call of [() => cluster.hImportPrepare('a', ['b']), () => set(cluster), () => cluster.hImportDiscard('a'), () => cluster.hImportDiscardAll()]) {
    await assert.rejects(call(), cluster.closed);
  }
  cluster.closed = undefined;
  cluster.primaries.length = 0;
  await assert.rejects(cluster.hImportPrepare('a', ['b']), { code: 'OXREDIS_NO_PRIMARY' });
  await assert.rejects(cluster.hImportDiscardAll(), { code: 'OXREDIS_NO_PRIMARY' });
  assert.deepEqual(nodes.map((node) => node.take()), [[], [], []]);
});
