// What objects of clusters have is what npm redis gives them: names, and whether they are methods or getters.
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { after, before, describe, test } from 'node:test';
import * as theirs from 'redis';
import * as ours from '../../../lib';
import { TestCluster } from '../../cluster/servers/test-cluster';

/** Names that npm redis has for itself. */
const THEIR_INTERNALS = [
  '_options', '_slots', '_policyResolver', '_commandOptionsProxy', '_handleAsk', '_executeWithPolicies', '_execute', 'identity',
  'resubscribeAllPubSubListeners', 'Multi', '_self', 'nodesIterator',
];
/** What clusters have here and there not: what clients have, too. */
const OURS_ONLY = [
  'withCache', 'toJSON', 'scanIterator', 'hScanIterator', 'hScanNoValuesIterator', 'hScanValuesIterator', 'sScanIterator', 'zScanIterator',
];
/** The object that a namespace belongs to. */
const OF_NAMESPACES = ['receiver'];
/** What nodes have here for the cluster's own use; and what they have there only while channels are subscribed. */
const OF_NODES = ['pubSub', 'opened', 'link', 'where', 'verdict', 'connected', 'submitChain', 'leave', 'destroy', 'lastError'];

type Kinds = Map<string, 'method' | 'getter' | 'value'>;

/** The public names that an object has, and their kinds. What covers a method of a base class with nothing is no name. */
function kinds(object: object): Kinds {
  const found = new Map<string, 'method' | 'getter' | 'value' | 'nothing'>();
  for (let at = object; at !== Object.prototype && at !== EventEmitter.prototype && at !== null; at = Object.getPrototypeOf(at) as object) {
    for (const name of Object.getOwnPropertyNames(at)) {
      if (found.has(name) || name in EventEmitter.prototype || /^_(events|eventsCount|maxListeners)$/.test(name)) continue;
      const { get, value } = Object.getOwnPropertyDescriptor(at, name) as PropertyDescriptor;
      const isCover = get === undefined && value === undefined && typeof (at as Record<string, unknown>).constructor === 'function' && Object.hasOwn(at, 'constructor');
      found.set(name, isCover ? 'nothing' : get !== undefined ? 'getter' : typeof value === 'function' ? 'method' : 'value');
    }
  }
  return new Map([...found].filter(([, kind]) => kind !== 'nothing')) as Kinds;
}

/** Compares names and kinds. @param more names that only oxredis has */
function same(own: object, their: object, more: readonly string[] = []): void {
  const [a, b] = [kinds(own), kinds(their)];
  for (const name of THEIR_INTERNALS) b.delete(name);
  assert.deepEqual([...b.keys()].filter((name) => !a.has(name)), [], 'missing');
  const added = [...a.keys()].filter((name) => !b.has(name) && !name.startsWith('_'));
  assert.deepEqual(added.sort(), [...more].sort(), 'added');
  const differing = [...b].filter(([name, kind]) => !name.startsWith('_') && a.get(name) !== kind && !(isData(a.get(name)) && isData(kind)));
  assert.deepEqual(differing, [], 'of another kind');
}

/** Whether it is a field or a getter makes no difference to who reads it. */
const isData = (kind: string | undefined): boolean => kind === 'getter' || kind === 'value';

const options = { rootNodes: [{ url: 'redis://127.0.0.1:1' }] };
const config = {
  ...options,
  modules: { mine: { echo: { parseCommand: () => undefined, transformReply: undefined } } },
  functions: { library: { run: { NUMBER_OF_KEYS: 0, parseCommand: () => undefined, transformReply: undefined } } },
  scripts: { add: { SCRIPT: 'return 1', SHA1: 'x', NUMBER_OF_KEYS: 0, parseCommand: () => undefined, transformReply: undefined } },
};

describe('names', () => {
  test('a cluster', () => same(ours.createCluster(options), theirs.createCluster(options), OURS_ONLY));
  test('a cluster with modules, functions and scripts', () => {
    const [own, their] = [ours.createCluster(config as never), theirs.createCluster(config as never)] as unknown as Record<string, object>[];
    same(own as object, their as object, OURS_ONLY);
    same(own?.mine as object, their?.mine as object, OF_NAMESPACES);
    same(own?.library as object, their?.library as object, OF_NAMESPACES);
  });
  test('proxies of clusters', () => {
    same(ours.createCluster(options).withTypeMapping({}), theirs.createCluster(options).withTypeMapping({}), OURS_ONLY);
    same(ours.createCluster(options).withCommandOptions({}), theirs.createCluster(options).withCommandOptions({}), OURS_ONLY);
    same(ours.createCluster(options).duplicate(), theirs.createCluster(options).duplicate(), OURS_ONLY);
  });
  test('their namespaces', () => {
    const [own, their] = [ours.createCluster(options), theirs.createCluster(options)] as unknown as Record<string, object>[];
    for (const name of ['bf', 'cf', 'cms', 'ft', 'json', 'tDigest', 'topK', 'ts']) same(own?.[name] as object, their?.[name] as object, OF_NAMESPACES);
  });
  test('transactions', () => {
    same(ours.createCluster(options).multi(), theirs.createCluster(options).multi());
    same(ours.createCluster(config as never).multi(), theirs.createCluster(config as never).multi());
  });
  test('the class', () => {
    assert.deepEqual(Object.getOwnPropertyNames(ours.RedisCluster).sort(), Object.getOwnPropertyNames(theirs.RedisCluster).sort());
    for (const lib of [ours, theirs as unknown as typeof ours]) {
      const made: unknown = (lib as typeof ours).createCluster(options);
      assert.ok(made instanceof lib.RedisCluster);
      assert.ok(made instanceof EventEmitter);
    }
  });
  test('methods have aliases in upper case that are the same functions', () => {
    const own = ours.createCluster(options) as unknown as Record<string, unknown>;
    const names = kinds(theirs.createCluster(options));
    for (const [name, kind] of names) {
      const alias = name.toUpperCase();
      if (kind !== 'method' || alias === name || !names.has(alias) || THEIR_INTERNALS.includes(name)) continue;
      assert.equal(own[alias], own[name], name);
    }
  });
});

describe('names of nodes', () => {
  let servers: TestCluster;
  before(async () => {
    servers = await TestCluster.start();
  });
  after(() => servers.stop());

  for (const useReplicas of [false, true]) {
    test(`useReplicas: ${useReplicas}`, async () => {
      const rootNodes = [{ url: servers.nodes[0]?.url as string }];
      const [own, their] = [ours.createCluster({ rootNodes, useReplicas }), theirs.createCluster({ rootNodes, useReplicas })];
      try {
        await Promise.all([own.connect(), their.connect()]);
        same(own.slots[5] as object, their.slots[5] as object);
        same(own.masters[0] as object, their.masters[0] as object, OF_NODES);
        if (useReplicas) same(own.replicas[0] as object, their.replicas[0] as object, OF_NODES);
        same([...own.nodeByAddress.values()][0] as object, [...their.nodeByAddress.values()][0] as object, OF_NODES);
        await Promise.all([own.subscribe('channel', () => undefined), their.subscribe('channel', () => undefined)]);
        same(own.pubSubNode as object, their.pubSubNode as object);
        await Promise.all([own.sSubscribe('channel', () => undefined), their.sSubscribe('channel', () => undefined)]);
        const owner = (cluster: { masters: { pubSub?: object }[] }): object | undefined => cluster.masters.find(({ pubSub }) => pubSub !== undefined)?.pubSub;
        same(owner(own as never) as object, owner(their as never) as object);
      } finally {
        own.destroy();
        their.destroy();
      }
    });
  }
});
