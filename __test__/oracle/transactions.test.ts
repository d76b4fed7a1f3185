import type { MultiErrorReply } from '../../lib';
import { same, withServer } from './compare';

withServer();

same('transactions and pipelines', async ({ connected, outcome }) => {
  const one = await connected();
  await outcome('exec', one.multi().set('k', 'v').get('k').hGetAll('none').zAdd('z', { score: 1, value: 'm' }).zScore('z', 'm').exec());
  await outcome('typed', one.multi().get('k').execTyped());
  await outcome('pipeline', one.multi().get('k').hGetAll('none').execAsPipeline());
  await outcome('exec(true)', one.multi().get('k').exec(true));
  await outcome('empty', one.multi().exec());
  await outcome('empty pipeline', one.multi().execAsPipeline());
  await outcome('raw', one.multi().sendCommand(['GET', 'k']).addCommand(['GET', 'k'], (reply: never) => `T${String(reply)}`).exec());
  const builder = one.multi().incr('n');
  await outcome('once', builder.exec());
  await outcome('twice', builder.exec());
  await outcome('upper', one.MULTI().GET('k').EXEC());
});

same('errors in transactions', async ({ connected, note, outcome }) => {
  const one = await connected();
  await one.set('k', 'v');
  const failing: Promise<unknown> = one.multi().set('k', 'v').hGet('k', 'f').get('k').exec();
  await failing.catch((error: MultiErrorReply) => note(error, error.replies, error.errorIndexes, [...error.errors()]));
  await outcome('not queued', one.multi().sendCommand(['NOPE']).get('k').exec());
  await outcome('pipeline', one.multi().set('k', 'v').hGet('k', 'f').get('k').execAsPipeline());
  await outcome('select', one.multi().select(99).exec());
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
  built(() => one.multi().select(undefined as never));
});

same('a bad argument in a transaction', async ({ connected, outcome }) => {
  const one = await connected();
  await outcome('exec', one.multi().set('a', '1').set('b', true as unknown as string).set('c', '1').exec());
  await outcome('what ran', one.exists(['a', 'c']));
}, {
  reason: 'an argument that cannot be sent rejects `exec()` and nothing runs; npm redis runs the other commands',
  ours: [['exec', 'TypeError: "arguments[2]" must be of type "string | Buffer", got boolean instead.'], ['what ran', 0]],
});

same('WATCH', async ({ connected, idOf, kill, next, note, outcome }) => {
  const [one, other] = [await connected(), await connected()];
  note(await one.watch('k'), one.isWatching, one.isDirtyWatch);
  await outcome('unchanged', one.multi().get('k').exec());
  note(one.isWatching);
  await one.watch(['k', 'l']);
  await other.set('l', 'v');
  await outcome('changed', one.multi().get('k').exec());
  await outcome('after it', one.multi().get('k').exec());
  await one.watch('k');
  note(await one.unwatch(), one.isWatching);
  await one.watch('k');
  await one.multi().get('k').execAsPipeline();
  note(one.isWatching);
  one.setDirtyWatch('moved');
  note(one.isDirtyWatch);
  await outcome('dirty', one.multi().get('k').exec());
  note(one.isWatching, one.isDirtyWatch);
  await one.watch('k');
  const ready = next(one, 'ready');
  await kill(await idOf(one));
  await ready;
  await outcome('reconnected', one.multi().get('k').exec());
  await outcome('once', one.multi().get('k').exec());
});

same('select in a transaction is for good', async ({ connected, note }) => {
  const one = await connected();
  await one.set('k', 'zero');
  note(await one.multi().select(2).get('k').exec(), await one.get('k'));
  note(await one.multi().select(0).execAsPipeline(), await one.get('k'));
});

same('type mappings in transactions', async ({ connected, lib, note }) => {
  const one = await connected();
  await one.set('k', 'v');
  const proxy = one.withTypeMapping({ [lib.RESP_TYPES.BLOB_STRING]: Buffer });
  note(await proxy.multi().get('k').exec(), await proxy.multi().get('k').execAsPipeline());
}, {
  reason: '`withTypeMapping(…).multi().exec()` obeys the mapping, as its type says; npm redis 6.3.1 obeys it in pipelines only',
  ours: [[[Buffer.from('v')], [Buffer.from('v')]]],
});

same('no unhandled rejections', async ({ connected, idOf, kill, note }) => {
  const unhandled: unknown[] = [];
  const listener = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', listener);
  const one = await connected();
  const id = await idOf(one);
  const running = Promise.allSettled<unknown>([
    one.multi().sendCommand(['BLPOP', 'list', '0']).get('k').execAsPipeline(), one.multi().get('k').exec(), one.multi().hGet('k', 'f').exec(),
  ]);
  await kill(id);
  note((await running).map(({ status }) => status));
  await new Promise((resolve) => setTimeout(resolve, 20));
  process.off('unhandledRejection', listener);
  note(unhandled);
});
