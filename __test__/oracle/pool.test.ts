// The same scenarios through the pool of npm `redis` and through ours.
import { freePort } from '../support/free-port';
import { same, withServer, type Difference, type Stage } from './compare';
import type { AnyRedisClientOptions, RedisClientPoolType, RedisPoolOptions } from '../../lib';

withServer();

type Pool = RedisClientPoolType;

/** Nobody listens there. */
const closedPort = freePort();

/** A pool of the test server whose errors are noted. */
function poolOf({ lib, server, note }: Stage, options?: Partial<RedisPoolOptions>, client: AnyRedisClientOptions = {}): Pool {
  const socket = { host: '127.0.0.1', port: server.port, ...client.socket };
  const pool = lib.createClientPool({ ...client, socket } as object, options) as Pool;
  pool.on('error', (error: Error) => note('error', error));
  return pool;
}

async function connectedPool(stage: Stage, options?: Partial<RedisPoolOptions>, client?: AnyRedisClientOptions): Promise<Pool> {
  const pool = poolOf(stage, options, client);
  await pool.connect();
  return pool;
}

const counters = (pool: Pool): unknown[] =>
  [pool.isOpen, pool.isClosing, pool.totalClients, pool.idleClients, pool.clientsInUse, pool.tasksQueueLength];

/** A promise and what resolves it. */
function gate(): { promise: Promise<void>; open(): void } {
  let open!: () => void;
  const promise = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { promise, open };
}

/** Runs a scenario and closes its pool. */
function samePool(name: string, scenario: (stage: Stage) => Promise<Pool>, difference?: Difference): void {
  same(name, async (stage) => {
    const pool = await scenario(stage);
    pool.removeAllListeners('error').on('error', () => undefined);
    pool.destroy();
  }, difference);
}

samePool('before connect(), twice, after close()', async (stage) => {
  const { note, outcome } = stage;
  const pool = poolOf(stage, { minimum: 2 });
  note(typeof (pool as { then?: unknown }).then, pool instanceof stage.lib.RedisClientPool, ...counters(pool));
  await outcome('get', pool.get('k'));
  await outcome('raw', pool.sendCommand(['PING']));
  await outcome('execute', pool.execute(() => 1));
  await outcome('multi', pool.multi().get('k').exec());
  await outcome('pipeline', pool.multi().get('k').execAsPipeline());
  await outcome('empty pipeline', pool.multi().execAsPipeline());
  await outcome('close', pool.close());
  for (let round = 0; round < 2; round++) {
    note((await pool.connect()) === pool, ...counters(pool));
    note(await pool.connect());
    await outcome('set', pool.set('k', 'v'));
    await outcome('closed', pool.close());
    note(...counters(pool));
    await outcome('get', pool.get('k'));
  }
  note(pool.destroy());
  return pool;
});

samePool('a connect() that fails', async (stage) => {
  const pool = poolOf(stage, { minimum: 2 }, { socket: { port: await closedPort, reconnectStrategy: false } });
  const message = await pool.connect().catch((error: NodeJS.ErrnoException) => error.code);
  stage.note(message, ...counters(pool));
  pool.removeAllListeners('error');
  await stage.outcome('get', pool.get('k'));
  return pool;
});

samePool('tasks: values, promises, throws; counters while they run', async (stage) => {
  const { note, outcome, until } = stage;
  const pool = await connectedPool(stage, { minimum: 1, maximum: 2 });
  const hold = gate();
  const running = pool.execute(async (client) => {
    await hold.promise;
    return client.set('k', 'v');
  });
  note(...counters(pool));
  const other = pool.execute((client) => client.ping());
  note(...counters(pool));
  const third = pool.execute(() => 3);
  note(...counters(pool));
  await outcome('other', other);
  await outcome('third', third);
  hold.open();
  await outcome('running', running);
  await until(() => pool.idleClients === 2);
  note(...counters(pool));
  await outcome('value', pool.execute(() => 'value'));
  await outcome('throws', pool.execute(() => { throw new Error('at once'); }));
  await outcome('rejects', pool.execute(() => Promise.reject(new Error('later'))));
  await until(() => pool.idleClients === 2);
  note(...counters(pool));
  return pool;
});

samePool('a saturated pool', async (stage) => {
  const { note, outcome } = stage;
  const pool = await connectedPool(stage, { maximum: 1, acquireTimeout: 60 });
  const hold = gate();
  const running = pool.execute(() => hold.promise);
  const tasks = [pool.execute(() => 1), pool.get('k'), pool.sendCommand(['PING']), pool.multi().ping().exec(), pool.blPop('l', 0)];
  note(...counters(pool));
  for (const task of tasks) await outcome('task', task);
  note(...counters(pool));
  hold.open();
  await outcome('running', running);
  return pool;
});

samePool('a client that cannot be opened fails its task', async (stage) => {
  const { note, outcome } = stage;
  let refusing = false;
  const pool = await connectedPool(stage, { maximum: 2, acquireTimeout: 0 }, {
    socket: { reconnectStrategy: false },
    credentialsProvider: {
      type: 'async-credentials-provider',
      credentials: () => (refusing ? Promise.reject(new Error('no credentials')) : Promise.resolve({ password: undefined } as object)),
    },
  });
  refusing = true;
  const hold = gate();
  const running = pool.execute(() => hold.promise);
  await outcome('task', pool.execute(() => 1));
  note(...counters(pool));
  hold.open();
  await outcome('running', running);
  await outcome('next', pool.execute(() => 2));
  return pool;
});

samePool('the pool shrinks to its minimum', async (stage) => {
  const { note, until } = stage;
  const pool = await connectedPool(stage, { minimum: 1, maximum: 5, cleanupDelay: 30 });
  const hold = gate();
  const tasks = Array.from({ length: 8 }, () => pool.execute(() => hold.promise));
  await until(() => pool.totalClients === 5);
  hold.open();
  await Promise.all(tasks);
  await until(() => pool.totalClients === 1);
  note(...counters(pool));
  return pool;
});

samePool('close() drains, destroy() rejects', async (stage) => {
  const { note, outcome, until } = stage;
  const pool = await connectedPool(stage, { maximum: 1 });
  const hold = gate();
  const running = pool.execute((client) => hold.promise.then(() => client.set('k', 'v')));
  const waiting = pool.execute((client) => client.get('k'));
  const closing = pool.close();
  note(...counters(pool));
  await outcome('new', pool.get('k'));
  await outcome('execute', pool.execute(() => 1));
  hold.open();
  await outcome('running', running);
  await outcome('waiting', waiting);
  await outcome('closing', closing);
  note(...counters(pool));
  await pool.connect();
  const popped = pool.blPop('nothing', 0);
  popped.catch(() => undefined);
  await until(() => pool.clientsInUse === 1);
  pool.destroy();
  note(...counters(pool));
  await outcome('popped', popped);
  return pool;
});

samePool('proxies and their options', async (stage) => {
  const { lib, outcome } = stage;
  const pool = await connectedPool(stage);
  const bytes = { [lib.RESP_TYPES.BLOB_STRING]: Buffer };
  await pool.set('k', 'v');
  const mapped = pool.withTypeMapping(bytes);
  await outcome('mapped', mapped.get('k'));
  await outcome('mapped raw', mapped.sendCommand(['GET', 'k']));
  await outcome('merged', mapped.asap().get('k'));
  await outcome('replaced', mapped.withCommandOptions({}).get('k'));
  await outcome('replaced and mapped', pool.withCommandOptions({ typeMapping: bytes }).get('k'));
  await outcome('aborted', pool.withAbortSignal(AbortSignal.abort()).get('k'));
  const defaults = await connectedPool(stage, {}, { commandOptions: { typeMapping: bytes } });
  await outcome('default', defaults.get('k'));
  await outcome('default in a task', defaults.execute((client) => client.get('k')));
  defaults.destroy();
  return pool;
});

samePool('arguments, errors of the server, transactions, scripts, modules', async (stage) => {
  const { lib, outcome } = stage;
  const script = lib.defineScript({
    SCRIPT: 'return {KEYS[1], ARGV[1]}', NUMBER_OF_KEYS: 1,
    parseCommand(parser, key: string, value: string) {
      parser.pushKey(key);
      parser.push(value);
    },
    transformReply: (reply: string[]) => reply.join(),
  });
  const pool = await connectedPool(stage, {}, { keyPrefix: 'p:', scripts: { script } });
  await outcome('argument', pool.echo(undefined as unknown as string));
  await outcome('number', pool.lPush('l', 5 as unknown as string));
  await outcome('raw', pool.sendCommand([1 as unknown as string]));
  await outcome('set', pool.set('k', 'v'));
  await outcome('error', pool.lPush('k', 'v'));
  await outcome('unknown', pool.sendCommand(['NONSENSE']));
  await outcome('failed transaction', pool.multi().get('k').lPush('k', 'v').exec());
  await outcome('failed pipeline', pool.multi().get('k').lPush('k', 'v').execAsPipeline());
  await outcome('transaction', pool.multi().get('k').incr('n').exec());
  await outcome('script', (pool as unknown as Record<string, (...args: string[]) => Promise<unknown>>).script?.('key', 'value') as Promise<unknown>);
  await outcome('prefixed', pool.sendCommand(['GET', 'p:k']));
  await outcome('module', pool.json.get('doc').catch((error: Error) => /unknown command/i.test(error.message)));
  await outcome('nothing awaited', pool.execute((client) => void client.set('later', '1').catch(() => undefined)));
  return pool;
});

samePool('what a task leaves on its client', async (stage) => {
  const { note } = stage;
  const pool = await connectedPool(stage, { maximum: 1 });
  await pool.execute(async (client) => {
    await client.select(3);
    await client.watch('k');
  });
  note(await pool.execute(async (client) => [(await client.clientInfo()).db, client.isWatching]));
  return pool;
}, {
  reason: 'WATCH, SELECT and what else a task leaves on its client is undone; npm redis leaves it to the next task',
  ours: [[[0, false]]],
});

samePool('destroy() while tasks wait', async (stage) => {
  const pool = await connectedPool(stage, { maximum: 1, acquireTimeout: 50 });
  const hold = gate();
  const running = pool.execute(() => hold.promise);
  const waiting = pool.execute(() => 1);
  waiting.catch(() => undefined);
  pool.destroy();
  stage.note(pool.tasksQueueLength);
  await stage.outcome('waiting', waiting);
  hold.open();
  await running;
  return pool;
}, {
  reason: 'tasks that wait are rejected by destroy(); npm redis leaves them until they time out, or for ever',
  ours: [[0], ['waiting', 'DisconnectsClientError: Disconnects client']],
});

samePool('a type mapping and a pipeline', async (stage) => {
  const pool = await connectedPool(stage);
  await pool.set('k', 'v');
  const mapped = pool.withTypeMapping({ [stage.lib.RESP_TYPES.BLOB_STRING]: Buffer });
  stage.note(await mapped.multi().get('k').execAsPipeline());
  return pool;
}, { reason: 'pipelines and transactions obey the type mapping of a proxy', ours: [[[Buffer.from('v')]]] });

samePool('keys of a task under a prefix', async (stage) => {
  const pool = await connectedPool(stage, {}, { keyPrefix: 'p:' });
  await pool.set('k', 'v');
  stage.note(await pool.execute((client) => client.get('k')));
  return pool;
}, { reason: 'the client of a task has the prefix; npm redis takes it away', ours: [['v']] });

samePool('options of a proxy in a task', async (stage) => {
  const pool = await connectedPool(stage);
  await pool.set('k', 'v');
  const mapped = pool.withTypeMapping({ [stage.lib.RESP_TYPES.BLOB_STRING]: Buffer });
  stage.note(await mapped.execute((client) => client.get('k')));
  return pool;
}, { reason: 'the client of a task has the options of the proxy, as declared; npm redis leaves them out', ours: [[Buffer.from('v')]] });

samePool('plain commands beyond the maximum', async (stage) => {
  const pool = await connectedPool(stage, { maximum: 1, acquireTimeout: 5000 });
  const replies = [pool.ping(), pool.ping(), pool.ping()];
  stage.note(pool.tasksQueueLength);
  stage.note(await Promise.all(replies));
  return pool;
}, { reason: 'plain commands share clients; npm redis lends a client for each', ours: [[0], [['PONG', 'PONG', 'PONG']]] });

same('the names of a pool', async ({ lib, note }) => {
  const names = (target: object): Set<string> => {
    const found = new Set<string>();
    for (let one: object | null = target; one !== null && one !== Object.prototype; one = Object.getPrototypeOf(one) as object | null) {
      for (const name of Object.getOwnPropertyNames(one)) found.add(name);
    }
    return found;
  };
  const known = names(lib.createClientPool());
  // Internals, and what npm redis does not have.
  const others = /^_|^#|^(identity|cleanupTimeout|Multi|domain|withCache|toJSON)$/;
  note([...known].filter((name) => !others.test(name)).sort());
});
