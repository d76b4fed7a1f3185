import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, createClientPool, type RedisClientPoolType, type RedisClientType } from '../../lib';
import type { TestServer } from '../support/server';
import { ChaosProxy } from './chaos-proxy';
import { dress } from './dress';
import { finish } from './finish';
import { Inbox } from './oracles';
import { makePlan, PROVOKED, strategyOf, type Choice, type Plan, type Transport } from './plan';
import { Random } from './random';
import { describe, RoundState } from './round-state';
import { grant } from './server-faults';

/** Only a round that hangs takes so long, ms. */
const ROUND_HANG = 120_000;

/** Servers that rounds share, and how one gets a server for itself. */
export interface World {
  shared: TestServer;
  /** Runs with a server that nobody else uses meanwhile. */
  alone<T>(run: (server: TestServer) => Promise<T>): Promise<T>;
}

/** What a round works with. */
export interface Stage {
  plan: Plan;
  round: RoundState;
  random: Random;
  proxy: ChaosProxy;
  server: TestServer;
  user: string | undefined;
  /** The client or the pool under test, and what subscribes. */
  client: RedisClientType;
  pool: RedisClientPoolType | undefined;
  subscriber: RedisClientType | undefined;
  /** The client was ended by the plan. */
  ended: boolean;
  publish(channel: string): Promise<void>;
}

/** How a round went. */
export interface Outcome {
  seed: number;
  kinds: string[];
  operations: string[];
  violations: string[];
  trace: string;
  answered: number;
  failed: number;
}

/** Plays the round of a seed. */
export async function playRound(seed: number, transport: Transport, choice: Choice, world: World, begun: (round: RoundState) => void): Promise<Outcome> {
  const random = new Random(seed * 3 + ['uv', 'pump', 'tls'].indexOf(transport));
  const plan = makePlan(random, transport, choice);
  const round = new RoundState(seed, transport);
  begun(round);
  const { faults, workers, ...rest } = plan;
  round.note(JSON.stringify({ ...rest, socket: { ...rest.socket, ca: undefined } }));
  const play = async (server: TestServer): Promise<void> => {
    if (await inTime(onServer(server, plan, round, random, transport), ROUND_HANG)) return;
    throw new Error(`the round hangs; unsettled: ${round.waiting.join(', ') || 'none'}`);
  };
  try {
    await (plan.exclusive ? world.alone(play) : play(world.shared));
  } catch (error) {
    round.violate(`the round itself failed: ${(error as Error).stack ?? String(error)}`);
  }
  return {
    seed,
    kinds: faults.map(({ fault }) => fault.kind),
    operations: [...new Set(workers.flatMap(({ operations }) => operations.map(({ name }) => name)))],
    violations: round.violations,
    trace: round.lastEvents,
    answered: round.answered,
    failed: round.failed,
  };
}

/** @returns false when it takes as long as only what hangs does */
export async function inTime(work: Promise<unknown>, limit: number): Promise<boolean> {
  const stop = new AbortController();
  const late = sleep(limit, false, { signal: stop.signal, ref: true }).catch(() => false);
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    stop.abort();
  }
}

async function onServer(server: TestServer, plan: Plan, round: RoundState, random: Random, transport: Transport): Promise<void> {
  const proxy = new ChaosProxy(server.port, transport === 'tls');
  await proxy.listen();
  if (plan.throwing) round.expectedTexts.push(PROVOKED);
  const user = plan.ownUser ? `u${transport}${round.seed}` : undefined;
  if (user !== undefined) await grant(server, user);
  const stage: Stage = { plan, round, random, proxy, server, user, ended: false, subscriber: undefined, ...makeClient(plan, round, proxy, user), publish };
  async function publish(channel: string): Promise<void> {
    const number = ++round.published;
    await server.command('PUBLISH', channel, number).catch(() => undefined);
  }
  try {
    await open(stage);
    if (!plan.pool) await subscribe(stage);
    await Promise.all([runWorkers(stage), strike(stage), endInTheMiddle(stage)]);
    await finish(stage);
  } finally {
    if (stage.subscriber?.isOpen === true) stage.subscriber.destroy();
    if (stage.pool ? stage.pool.isOpen : stage.client.isOpen) destroy(stage, stage.pool ?? stage.client);
    await proxy.stop();
    if (user !== undefined) await server.command('ACL', 'DELUSER', user).catch(() => undefined);
  }
}

function makeClient(plan: Plan, round: RoundState, proxy: ChaosProxy, user: string | undefined): Pick<Stage, 'client' | 'pool'> {
  const delays = new Random(round.seed);
  const options = {
    RESP: plan.resp,
    socket: { ...plan.socket, port: proxy.port, reconnectStrategy: strategyOf(plan.strategy, () => delays.below(4)) },
    disableOfflineQueue: plan.disableOfflineQueue,
    name: `chaos-${round.seed}`,
    ...(user === undefined ? {} : { username: user, password: user }),
  };
  const cache = plan.cache ? { clientSideCache: {} } : {};
  const listen = (emitter: NodeJS.EventEmitter, events: readonly string[]): void => {
    for (const event of events) {
      emitter.on(event, (detail: unknown) => {
        round.note(`* ${event}${detail === undefined ? '' : ` ${describe(detail)}`}`);
        if (plan.throwing && event !== 'error') throw new Error(PROVOKED);
      });
    }
  };
  if (plan.pool) {
    const pool = createClientPool(options as never, { minimum: 1, maximum: plan.maximum, cleanupDelay: 10, ...cache }) as unknown as RedisClientPoolType;
    listen(pool, ['error']);
    return { client: pool as unknown as RedisClientType, pool };
  }
  const client = createClient({ ...options, ...cache } as never) as unknown as RedisClientType;
  listen(client, ['error', 'connect', 'ready', 'reconnecting', 'end', 'terminated']);
  return { client, pool: undefined };
}

/** Connects; the machine may be so busy that timeouts strike. */
async function open({ pool, client, round }: Stage): Promise<void> {
  const opened = pool ?? client;
  while (!opened.isOpen) {
    await round.attempt('connect()', async () => void (await opened.connect()));
    await sleep(1);
  }
}

async function subscribe(stage: Stage): Promise<void> {
  const { plan, round, client } = stage;
  let subscriber = client;
  if (!plan.ownInbox) {
    subscriber = stage.subscriber = client.duplicate({ socket: { ...client.options?.socket, reconnectStrategy: () => 1 }, disableOfflineQueue: false } as never) as unknown as RedisClientType;
    subscriber.on('error', (error) => round.note(`* error of the subscriber ${describe(error)}`));
    while (!subscriber.isOpen) await round.attempt('connect() of the subscriber', async () => void (await subscriber.connect()));
  }
  const inbox = new Inbox(`${round.prefix}:inbox`, (text) => round.violate(text));
  const patterned = new Inbox(`${round.prefix}:inbox`, (text) => round.violate(text));
  const heard = (message: string, channel: string): void => {
    inbox.message(message, channel);
    if (plan.throwing && inbox.received % 3 === 0) throw new Error(PROVOKED);
  };
  // On a client that is not open they wait until it is; on a busy machine it may have given up by now.
  const steps: [string, () => Promise<void>][] = [
    ['SUBSCRIBE', () => subscriber.subscribe(inbox.channel, heard)],
    ['PSUBSCRIBE', () => subscriber.pSubscribe(`${round.prefix}:in*`, (message, channel) => patterned.message(message, channel))],
  ];
  for (const [label, step] of steps) if (!subscriber.isOpen || !(await round.attempt(label, step))) return;
  round.inboxes.push(inbox, patterned);
}

async function runWorkers(stage: Stage): Promise<void> {
  const { plan, round, client, pool, publish } = stage;
  const work = plan.workers.map(async ({ operations, random }) => {
    for (const operation of operations) {
      round.began();
      const undo: (() => void)[] = [];
      const dressed = dress(client, random, undo);
      await operation.run({ client, dressed, pool, resp: plan.resp, random, round, publish });
      for (const one of undo) one();
      if (random.chance(0.2)) await new Promise((resolve) => setImmediate(resolve));
    }
  });
  await Promise.all(work);
  round.noMore();
}

async function strike(stage: Stage): Promise<void> {
  const { plan, round, proxy, server, user } = stage;
  for (const { fault, after, random } of plan.faults) {
    await round.whenBegun(after);
    round.note(`# ${fault.kind}`);
    await fault.strike({ proxy, server, random, round, user, resp: plan.resp });
    round.note(`# end of ${fault.kind}`);
  }
}

/** Whether it is what a listener of the round has thrown: from `end`, it reaches who closes the client. */
export function isProvoked({ plan }: Stage, error: unknown): boolean {
  return plan.throwing && error instanceof Error && error.message === PROVOKED;
}

export function destroy(stage: Stage, client: { destroy(): void }): void {
  try {
    client.destroy();
  } catch (error) {
    if (!isProvoked(stage, error)) throw error;
  }
}

async function endInTheMiddle(stage: Stage): Promise<void> {
  const { plan, round, client, pool } = stage;
  if (plan.ending === undefined) return;
  await round.whenBegun(plan.ending.after);
  const { how } = plan.ending;
  const open = pool ? pool.isOpen : client.isOpen;
  if (!open) return;
  round.note(`# ${how}()`);
  stage.ended = true;
  if (how === 'destroy') destroy(stage, pool ?? client);
  else if (how === 'close' || pool) await round.attempt('close()', () => (pool ?? client).close());
  else await round.attempt(`${how}()`, () => (client as unknown as Record<string, () => Promise<unknown>>)[how]?.() ?? Promise.resolve());
  if (how === 'close' && (pool ? pool.isOpen : client.isOpen)) round.violate('open after close()');
  await sleep(1);
}
