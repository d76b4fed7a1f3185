// Opening and closing clusters: what commands come to before, meanwhile and afterwards, events and their order.
import type { RedisClusterOptions } from '../../../lib';
import { CLUSTER_EVENTS, onCluster, sameOnCluster as same, type Cluster, type ClusterStage } from './stage';

/** Something of each kind: what it comes to on this cluster. */
async function callAll({ outcome, attempt }: ClusterStage, one: Cluster, label: string): Promise<void> {
  const calls: Record<string, () => Promise<unknown>> = {
    get: () => one.get('k'), mGet: () => one.mGet(['a', 'b', 'c']), mSet: () => one.mSet(['a', '1', 'b', '2']), del: () => one.del(['a', 'b']),
    dbSize: () => one.dbSize(), keys: () => one.keys('*'), randomKey: () => one.randomKey(),
    // npm redis refuses it in other words than all other commands.
    scan: () => one.scan('0').then(() => 'a page', () => 'an error'),
    publish: () => one.publish('c', 'm'), sPublish: () => one.sPublish('c', 'm'), json: () => one.json.get('k'),
    sendCommand: () => one.sendCommand('k', true, ['GET', 'k']), keyless: () => one.sendCommand(undefined, true, ['PING']),
    exec: () => one.multi().get('k').exec(), pipeline: () => one.multi().get('k').execAsPipeline(),
    empty: () => one.multi().execAsPipeline(), subscribe: () => one.subscribe('c', () => undefined), pSubscribe: () => one.pSubscribe('c*', () => undefined),
    sSubscribe: () => one.sSubscribe('c', () => undefined), unsubscribe: () => one.unsubscribe('c'),
    client: () => one.getNodeClientForKey('k').then((client) => client.get('k')),
  };
  for (const [name, call] of Object.entries(calls)) await outcome(`${label} ${name}`, Promise.resolve().then(call));
  attempt(`${label} state`, () => [one.isOpen, one.isReady, one.masters.length, one.replicas.length, one.nodeByAddress.size, one.pubSubNode === undefined]);
}

onCluster('default', () => {
  same('before connect()', async (stage) => callAll(stage, stage.cluster(), 'before'));

  same('while connecting', async (stage) => {
    const one = stage.cluster();
    const connecting = one.connect();
    const calls = [
      one.get('k'), one.multi().get('k').exec(), one.mGet(['a', 'b']), one.dbSize(), one.sendCommand('k', true, ['GET', 'k']),
      one.subscribe('c', () => undefined), one.sSubscribe('c', () => undefined), Promise.resolve().then(() => one.getNodeClientForKey('k')),
    ];
    for (const result of await Promise.allSettled(calls)) stage.note(result.status === 'rejected' ? result.reason : result.value);
    stage.note(one.isOpen, one.isReady);
    stage.note(await connecting === one);
    await stage.outcome('afterwards', one.get('k'));
    stage.note(one.isOpen, one.isReady);
  });

  same('ready', async (stage) => {
    const one = await stage.connected();
    await callAll(stage, one, 'ready');
  });

  same('after close()', async (stage) => {
    const one = await stage.connected();
    await one.set('k', 'v');
    await stage.outcome('closed', one.close());
    await callAll(stage, one, 'closed');
  });

  same('after destroy()', async (stage) => {
    const one = await stage.connected();
    stage.note(one.destroy());
    await callAll(stage, one, 'destroyed');
  });

  same('connect() twice, at once and later, and again after the end', async ({ cluster, outcome, note }) => {
    const one = cluster();
    const first = one.connect();
    await outcome('at once', one.connect());
    note(await first === one);
    await outcome('later', one.connect());
    await one.close();
    note((await one.connect()) === one);
    await outcome('again', one.set('k', 'v'));
    one.destroy();
    await one.connect();
    await outcome('once more', one.get('k'));
  });

  same('events', async ({ cluster, note }) => {
    const one = cluster();
    const seen: [string, unknown[]][] = [];
    for (const event of CLUSTER_EVENTS) one.on(event, (...args: unknown[]) => seen.push([event, args]));
    const told = (label: string): void => {
      const nodes = seen.filter(([event]) => event.startsWith('node-')).map(([event, args]) => JSON.stringify([event, ...args])).sort();
      const own = seen.map(([event, args], at) => (event.startsWith('node-') ? undefined : [event, args.length, `after ${at}`])).filter(Boolean);
      note(label, nodes, own);
      seen.length = 0;
    };
    await one.connect();
    told('connect');
    await one.set('k', 'v');
    told('set');
    await one.close();
    told('close');
    await one.close();
    told('close again');
    one.destroy();
    told('destroy after close');
    await one.connect();
    told('connect again');
    one.destroy();
    told('destroy');
    one.destroy();
    told('destroy again');
  });

  same('a node is told of in order', async ({ cluster, note }) => {
    const one = cluster();
    const order = new Map<string, string[]>();
    for (const event of ['node-connect', 'node-ready', 'node-disconnect']) {
      one.on(event, ({ port }: { port: number }) => order.set(`${port}`, [...(order.get(`${port}`) ?? []), event]));
    }
    await one.connect();
    await one.close();
    note([...order].sort());
  });

  same('once listeners, on proxies too', async ({ cluster, note }) => {
    const one = cluster();
    const proxy = one.withTypeMapping({});
    proxy.once('connect', () => note('proxy heard', one.listenerCount('connect')));
    one.once('disconnect', () => note('disconnect', proxy.listenerCount('disconnect')));
    await proxy.connect();
    note(one.isOpen, proxy.isOpen, one.isReady, proxy.isReady);
    await proxy.close();
    note(one.isOpen, proxy.isOpen);
  });

  same('quit(), disconnect() and their results', async ({ connected, outcome, note }) => {
    const one = await connected();
    await outcome('quit', one.quit());
    note(one.isOpen);
    const two = await connected();
    await outcome('disconnect', two.disconnect());
    note(two.isOpen);
  });

  same('a pending command and destroy()', async ({ connected, outcome, note }) => {
    const one = await connected();
    const pending = outcome('blocked', one.blPop('list', 0));
    const other = await one.getNodeClientForKey('list');
    note(other.isReady);
    await one.get('k');
    one.destroy();
    await pending;
  });

  same('close() waits for what was sent', async ({ connected, outcome, note }) => {
    const one = await connected();
    await one.set('k', 'v');
    const other = await connected();
    const pending = one.blPop('list', 0);
    await one.get('k');
    const closing = one.close();
    await other.rPush('list', 'x');
    note(await pending, await closing);
    await outcome('later', one.get('k'));
  });

  same('commands issued before close() in one tick', async ({ connected, outcome, note }) => {
    const one = await connected();
    await one.set('k', 'v');
    const replies = Promise.all([outcome('get', one.get('k')), outcome('mGet', one.mGet(['k', 'l', 'm']))]);
    const closing = one.close();
    await Promise.all([replies, closing]);
    note(one.isOpen);
  }, {
    reason: 'close() completes everything that was issued before it; npm redis rejects commands of the same tick',
    ours: [['get', 'v'], ['mGet', ['v', null, null]], [false]],
  });

  same('duplicates', async ({ connected, note, outcome, lib }) => {
    const one = await connected({ keyPrefix: 'p:', commandOptions: { typeMapping: { [lib.RESP_TYPES.BLOB_STRING]: Buffer } } });
    one.on('connect', () => undefined);
    await one.set('k', 'v');
    const two = one.duplicate();
    note(two.isOpen, two.listenerCount('connect'), two instanceof lib.RedisCluster);
    await outcome('closed', two.get('k'));
    await two.connect();
    await outcome('get', two.get('k'));
    two.destroy();
    const three = one.withTypeMapping({}).duplicate({ keyPrefix: 'q:' });
    await three.connect();
    await outcome('other prefix', three.get('k'));
    await outcome('other mapping', three.sendCommand('p:k', true, ['GET', 'p:k']));
    await three.close();
    note(one.isOpen);
  });

  same('options of commands', async ({ connected, note, outcome, lib }) => {
    const one = await connected();
    await one.set('k', 'v');
    const bytes = one.withTypeMapping({ [lib.RESP_TYPES.BLOB_STRING]: Buffer });
    await outcome('bytes', bytes.get('k'));
    await outcome('plain', one.get('k'));
    await outcome('back', bytes.withTypeMapping({}).get('k'));
    await outcome('options', one.withCommandOptions({ typeMapping: { [lib.RESP_TYPES.BLOB_STRING]: Buffer } }).get('k'));
    await outcome('raw', bytes.sendCommand('k', true, ['GET', 'k']));
    await outcome('raw with options', one.sendCommand('k', true, ['GET', 'k'], { typeMapping: { [lib.RESP_TYPES.BLOB_STRING]: Buffer } }));
    await outcome('json', bytes.withTypeMapping({}).mGet(['k', 'x']));
    note(bytes instanceof lib.RedisCluster, bytes.isReady, bytes.slots.length);
    await outcome('timeout', one.withCommandOptions({ timeout: 30 }).blPop('list', 0.2));
    await outcome('asap', one.withCommandOptions({ asap: true }).get('k'));
    await outcome('aborted', one.withCommandOptions({ abortSignal: AbortSignal.abort() }).get('k'));
  });

  same('what the options hold is left alone', async ({ lib, rootNodes, note }) => {
    const options: RedisClusterOptions = { rootNodes, commandOptions: {} };
    const text = JSON.stringify(options);
    const one = lib.createCluster(options as never);
    one.on('error', () => undefined);
    await one.connect();
    note(JSON.stringify(options) === text);
    one.destroy();
  }, { reason: 'the objects that the user passes are not changed; npm redis writes to `rootNodes`', ours: [[true]] });

  same('frozen options', async ({ lib, rootNodes, outcome }) => {
    for (const root of rootNodes) Object.freeze(Object.freeze(root).socket);
    const one = lib.createCluster(Object.freeze({ rootNodes: Object.freeze(rootNodes) as never, defaults: Object.freeze({ socket: Object.freeze({}) }) }));
    one.on('error', () => undefined);
    await outcome('connect', one.connect().then(() => 'connected'));
    one.destroy();
  });
});
