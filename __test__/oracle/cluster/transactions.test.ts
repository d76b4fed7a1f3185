// Transactions and pipelines of clusters.
import type { MultiErrorReply } from '../../../lib';
import { onEachCluster, sameOnCluster as same } from './stage';

onEachCluster(() => {
  same('transactions and pipelines', async ({ connected, outcome }) => {
    const one = await connected();
    await outcome('exec', one.multi().set('{k}', 'v').get('{k}').hGetAll('{k}none').zAdd('{k}z', { score: 1, value: 'm' }).zScore('{k}z', 'm').exec());
    await outcome('typed', one.multi().get('k').execTyped());
    await outcome('pipeline', one.multi().get('k').hGetAll('{k}none').execAsPipeline());
    await outcome('pipeline typed', one.multi().get('k').execAsPipelineTyped());
    await outcome('exec(true)', one.multi().get('k').exec(true));
    await outcome('typed(true)', one.multi().get('k').execTyped(true));
    await outcome('empty', one.multi().exec());
    await outcome('empty pipeline', one.multi().execAsPipeline());
    await outcome('empty, routed', one.multi('k').exec());
    await outcome('without keys', one.multi().ping().echo('x').exec());
    await outcome('routed', one.multi('k').ping().get('k').exec());
    await outcome('routed bytes', one.multi(Buffer.from('k')).get('k').exec());
    await outcome('keyless first', one.multi().ping().get('k').exec());
    const builder = one.multi().incr('n');
    await outcome('once', builder.exec());
    await outcome('twice', builder.exec());
    await outcome('upper', one.MULTI().GET('k').EXEC());
    await outcome('many', Promise.all(['a', 'b', 'c', 'd', 'e'].map((key) => one.multi().incr(key).incr(key).exec())));
  });

  same('words in transactions', async ({ connected, outcome }) => {
    const one = await connected();
    await one.set('k', 'v');
    const multi = (): any => one.multi();
    await outcome('addCommand', multi().addCommand('k', true, ['GET', 'k']).exec());
    await outcome('transform', multi().addCommand('k', true, ['GET', 'k'], (reply: string) => `T${reply}`).exec());
    await outcome('no key', multi().addCommand(undefined, false, ['PING']).addCommand('k', false, ['GET', 'k']).exec());
    await outcome('sendCommand', multi().sendCommand(['GET', 'k'], { firstKey: 'k', isReadonly: true }).exec());
    await outcome('sendCommand after others', multi().get('k').sendCommand(['STRLEN', 'k']).exec());
    await outcome('routed', (one.multi('k') as any).sendCommand(['GET', 'k']).exec());
    await outcome('pipeline', (one.multi('k') as any).sendCommand(['GET', 'k']).execAsPipeline());
  });

  same('a routing key of another slot', async ({ connected, outcome }) => {
    const one = await connected();
    for (const routing of ['a', 'b', 'c']) await outcome(routing, one.multi(routing).set('k', 'v').get('k').exec());
  }, {
    reason: 'the server judges by the keys of the commands; with npm redis it is a matter of luck which node the routing key leads to',
    ours: [['a', ['OK', 'v']], ['b', ['OK', 'v']], ['c', ['OK', 'v']]],
  });

  same('no key to route by', async ({ connected, outcome }) => {
    const one = await connected();
    await outcome('multi(null)', one.multi(null as never).set('k', 'v').exec());
    await outcome('words', one.sendCommand(null as never, true, ['GET', 'k']));
    await outcome('added', (one.multi() as any).addCommand(null, true, ['PING']).get('k').exec());
    await outcome('not a word', one.sendCommand('k', true, [5 as never]).catch((error: Error) => error.constructor.name));
  });

  same('errors in transactions', async ({ connected, note, outcome, lib }) => {
    const one = await connected();
    await one.set('k', 'v');
    const failing: Promise<unknown> = one.multi().set('k', 'v').hGet('k', 'f').get('k').exec();
    await failing.catch((error: MultiErrorReply) => note(error, error.replies, error.errorIndexes, [...error.errors()], error instanceof lib.MultiErrorReply));
    await outcome('not queued', (one.multi('k') as any).addCommand(undefined, false, ['NOPE']).get('k').exec().catch((error: Error) => error.message.slice(0, 9)));
    await outcome('pipeline', one.multi().set('k', 'v').hGet('k', 'f').get('k').execAsPipeline());
    await outcome('what ran', one.get('k'));
    const built = (build: () => unknown): void => {
      try {
        build();
        note('built');
      } catch (error) {
        note((error as Error).constructor.name);
      }
    };
    built(() => one.multi().mSet([]));
    built(() => one.multi().getEx('k', undefined as never));
  });

  same('type mappings', async ({ connected, outcome, lib }) => {
    const { BLOB_STRING, MAP, NUMBER } = lib.RESP_TYPES;
    const one = await connected();
    await one.hSet('{k}h', { a: '1' });
    const mapped = one.withTypeMapping({ [BLOB_STRING]: Buffer, [MAP]: Map, [NUMBER]: String });
    await outcome('pipeline', mapped.multi().get('{k}').hGetAll('{k}h').exists('{k}h').execAsPipeline());
    await outcome('exec', mapped.multi().exists('{k}h').exec());
  }, {
    reason: 'transactions and pipelines of clusters obey the type mapping; with npm redis they do not',
    ours: [['pipeline', [null, new Map([['a', Buffer.from('1')]]), '1']], ['exec', ['1']]],
  });

  same('only reads may go to a replica', async ({ connected, outcome, note, until, servers }) => {
    const one = await connected({ useReplicas: true });
    await one.set('k', 'v');
    await until(async () => (await Promise.all(Array.from({ length: 8 }, () => one.get('k')))).every((value) => value === 'v'), 'replicas to follow');
    await servers.resetCounts();
    await outcome('reads', Promise.all(Array.from({ length: 8 }, () => one.multi().get('k').strLen('k').exec())));
    await outcome('writes', one.multi().get('k').append('k', 'x').exec());
    note(await servers.errors(/^(MOVED|READONLY)$/));
  });

  same('keys of several slots', async ({ connected, note, lib }) => {
    const one = await connected({ maxCommandRedirections: 2 });
    await one.multi().set('a', '1').set('b', '2').exec().catch((error: unknown) => note(error instanceof lib.MaxCommandRedirectionsError));
    note(await one.exists(['a', 'b']));
  });

  same('keys of several slots in a pipeline', async ({ connected, outcome }) => {
    const one = await connected();
    await outcome('pipeline', one.multi().set('a', '1').set('b', '2').set('c', '3').get('a').execAsPipeline().catch((error: Error) => error.message.split(' ')[0]));
  }, {
    reason: 'the commands of a pipeline go to the nodes of their keys each; npm redis sends all to the node of the first key',
    ours: [['pipeline', ['OK', 'OK', 'OK', '1']]],
  });
});
