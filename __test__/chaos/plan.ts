import type { RedisSocketOptions } from '../../lib';
import { certificate } from '../support/certificates';
import { FAULTS, type Fault } from './faults';
import { HELD_BACK } from './held-back';
import { OPERATIONS, type Operation } from './operations';
import type { Random } from './random';

export const TRANSPORTS = ['uv', 'pump', 'tls'] as const;
export type Transport = (typeof TRANSPORTS)[number];

/** What runs may be narrowed to. */
export interface Choice {
  /** Only these kinds of faults. */
  kinds?: readonly string[];
  /** Only these operations. */
  operations?: readonly string[];
}

/** How a client ends its reconnecting. */
type Strategy = 'always' | 'never' | 'few' | 'error' | 'throws';

/** What a round does: all of it follows from the seed. */
export interface Plan {
  pool: boolean;
  resp: 2 | 3;
  cache: boolean;
  /** Subscribes on the client itself, or on a duplicate. */
  ownInbox: boolean;
  ownUser: boolean;
  exclusive: boolean;
  strategy: Strategy;
  socket: Partial<RedisSocketOptions>;
  disableOfflineQueue: boolean;
  /** Listeners that throw. */
  throwing: boolean;
  maximum: number;
  faults: readonly { fault: Fault; after: number; random: Random }[];
  workers: readonly { operations: readonly Operation[]; random: Random }[];
  /** In the middle of all: ends the client, and perhaps opens it again. */
  ending: { how: 'close' | 'destroy' | 'quit' | 'disconnect'; after: number } | undefined;
  /** How it ends after all. */
  last: 'close' | 'destroy' | 'quit';
}

/** Draws a round. */
export function makePlan(random: Random, transport: Transport, choice: Choice): Plan {
  const pool = random.chance(0.3);
  const resp = random.chance(0.3) ? 2 : 3;
  const suits = (fault: Fault): boolean =>
    (fault.tls !== true || transport === 'tls') && (fault.resp3 !== true || resp === 3) && wanted(fault.kind, choice.kinds);
  const possible = FAULTS.filter(suits).map((fault) => ({ ...fault, weight: fault.weight ?? 1 }));
  const operations = OPERATIONS.filter(({ name, on, resp3 }) =>
    wanted(name, choice.operations) && (on === undefined || on === (pool ? 'pool' : 'client')) && (resp3 !== true || resp === 3));
  const workers = Array.from({ length: random.between(2, 5) }, () => ({
    operations: Array.from({ length: random.between(4, 14) }, () => random.weighted(operations)), random: random.fork(),
  }));
  const total = workers.reduce((sum, worker) => sum + worker.operations.length, 0);
  const faults = Array.from({ length: possible.length === 0 ? 0 : random.between(1, 3) }, () => ({
    fault: random.weighted(possible), after: random.below(total), random: random.fork(),
  })).sort((one, other) => one.after - other.after);
  const ending = random.chance(0.2) ? { how: random.pick(['close', 'destroy', 'quit', 'disconnect'] as const), after: random.below(total) } : undefined;
  return {
    pool, resp, faults, workers, ending,
    cache: resp === 3 && random.chance(0.35),
    ownInbox: !pool && resp === 3 && random.chance(0.6),
    ownUser: faults.some(({ fault }) => fault.ownUser === true) || random.chance(0.1),
    exclusive: faults.some(({ fault }) => fault.exclusive === true),
    strategy: pool ? 'always' : random.pick(['always', 'always', 'always', 'always', 'never', 'few', 'error', 'throws'] as const),
    socket: socketOptions(random, transport),
    disableOfflineQueue: random.chance(0.1),
    throwing: random.chance(0.1),
    maximum: random.between(1, 5),
    last: random.pick(['close', 'close', 'destroy', 'quit'] as const),
  };
}

function wanted(name: string, chosen: readonly string[] | undefined): boolean {
  return chosen ? chosen.includes(name) : !HELD_BACK.has(name);
}

function socketOptions(random: Random, transport: Transport): Partial<RedisSocketOptions> {
  const timeouts = { connectTimeout: random.between(150, 400), ...(random.chance(0.15) ? { socketTimeout: random.between(30, 100) } : {}) };
  if (transport !== 'tls') return { ...timeouts, host: '127.0.0.1', transport } as Partial<RedisSocketOptions>;
  return { ...timeouts, host: 'localhost', tls: true, ca: certificate('server').ca } as Partial<RedisSocketOptions>;
}

/** A strategy that does what the plan says. */
export function strategyOf(kind: Strategy, retryAtOnce: () => number): RedisSocketOptions['reconnectStrategy'] {
  switch (kind) {
    case 'never': return false;
    case 'few': return (retries) => (retries >= 3 ? false : retryAtOnce());
    case 'error': return (retries) => (retries >= 2 ? new Error(PROVOKED) : retryAtOnce());
    case 'throws': return () => { throw new Error(PROVOKED); };
    default: return retryAtOnce;
  }
}

/** The text of every error that rounds throw on purpose. */
export const PROVOKED = 'provoked by the chaos tests';
