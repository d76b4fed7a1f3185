import { setTimeout as sleep } from 'node:timers/promises';
import type { TestServer } from '../support/server';
import type { ChaosProxy } from './chaos-proxy';
import type { Random } from './random';
import type { RoundState } from './round-state';
import { PUSH_FAULTS } from './push-faults';
import { SERVER_FAULTS } from './server-faults';
import { TLS_FAULTS } from './tls-faults';

/** What a fault works on. */
export interface Scene {
  proxy: ChaosProxy;
  server: TestServer;
  random: Random;
  round: RoundState;
  /** Name of the user that this round's client logs in as, if it has one of its own. */
  user: string | undefined;
  resp: 2 | 3;
}

/** Something that goes wrong, and is over when the promise resolves. */
export interface Fault {
  kind: string;
  weight?: number;
  /** Needs a server that no other round uses: it is the server that goes wrong. */
  exclusive?: true;
  /** Needs a user of this round's own. */
  ownUser?: true;
  /** Needs TLS. */
  tls?: true;
  /** Needs RESP3. */
  resp3?: true;
  strike(scene: Scene): Promise<void>;
}

/** How long a fault that lasts does, ms. */
export function lasting(random: Random): number {
  return random.between(2, 25);
}

/** New connections meet this, and the open ones are cut, for a while. */
async function greetBadly(scene: Scene, greeting: ChaosProxy['greeting']): Promise<void> {
  const { proxy, random } = scene;
  proxy.greeting = greeting;
  proxy.closeAll(random.pick(['fin', 'rst']));
  await sleep(lasting(random));
  proxy.greeting = { kind: 'forward' };
}

/** How many bytes are still passed on before a cut: often few, so that it comes soon. */
function someBytes(random: Random): number {
  return random.pick([random.below(8), random.below(200), random.below(5000), random.below(200_000)]);
}

async function cut({ proxy, random }: Scene, how: 'fin' | 'rst'): Promise<void> {
  const direction = random.pick(['toServer', 'toClient'] as const);
  for (const pair of proxy.pairs) pair[direction].cutAfter(someBytes(random), () => pair.close(how));
}

async function shaped({ proxy, random }: Scene, shape: Parameters<ChaosProxy['shapeAll']>[0]): Promise<void> {
  proxy.shapeAll(shape);
  await sleep(lasting(random));
  proxy.shapeAll({});
}

const LOADING = '-LOADING Redis is loading the dataset in memory\r\n';
const MASTER_DOWN = "-MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.\r\n";

/** What networks do. */
const NETWORK_FAULTS: readonly Fault[] = [
  { kind: 'cut-fin', weight: 3, strike: (scene) => cut(scene, 'fin') },
  { kind: 'cut-rst', weight: 3, strike: (scene) => cut(scene, 'rst') },
  {
    kind: 'half-close-by-server',
    async strike({ proxy }) {
      for (const { client } of proxy.pairs) client.end();
    },
  },
  {
    kind: 'half-close-to-server',
    async strike({ proxy }) {
      for (const { server } of proxy.pairs) server?.end();
    },
  },
  { kind: 'delay', strike: (scene) => shaped(scene, { delay: scene.random.between(1, 5) }) },
  {
    kind: 'stall',
    async strike({ proxy, random }) {
      const which = random.pick(['toServer', 'toClient', 'both'] as const);
      const lanes = [...proxy.pairs].flatMap((pair) => pair.lanes(which));
      for (const lane of lanes) lane.stall();
      await sleep(lasting(random) * 2);
      for (const lane of lanes) lane.goOn();
    },
  },
  { kind: 'trickle', strike: (scene) => shaped(scene, { piece: 1 }) },
  { kind: 'resplit', weight: 2, strike: (scene) => shaped(scene, { piece: scene.random.between(2, 40), gather: 2 }) },
  { kind: 'coalesce', strike: (scene) => shaped(scene, { gather: scene.random.between(3, 8) }) },
  { kind: 'accept-and-close', strike: (scene) => greetBadly(scene, scene.random.pick([{ kind: 'close' }, { kind: 'reset' }])) },
  {
    kind: 'accept-and-silence',
    async strike(scene) {
      await greetBadly(scene, { kind: 'silence' });
      // Those who were greeted so wait for `connectTimeout`.
    },
  },
  {
    kind: 'refuse',
    async strike({ proxy, random }) {
      proxy.refuse();
      if (random.chance(0.8)) proxy.closeAll('rst');
      await sleep(lasting(random));
      await proxy.listen();
    },
  },
  { kind: 'truncated-handshake', weight: 2, strike: (scene) => greetBadly(scene, { kind: 'truncate', bytes: 1 + scene.random.below(300) }) },
  { kind: 'slow-handshake', strike: (scene) => greetBadly(scene, { kind: 'late', delay: scene.random.between(5, 40) }) },
  { kind: 'loading', strike: (scene) => greetBadly(scene, { kind: 'refusal', reply: scene.random.pick([LOADING, MASTER_DOWN]) }) },
  {
    kind: 'peer-does-not-read',
    async strike({ proxy, random }) {
      const clients = [...proxy.pairs].map(({ client }) => client);
      for (const client of clients) client.pause();
      await sleep(lasting(random) * 2);
      for (const client of clients) client.resume();
    },
  },
];

/** All kinds of faults. */
export const FAULTS: readonly Fault[] = [...NETWORK_FAULTS, ...PUSH_FAULTS, ...SERVER_FAULTS, ...TLS_FAULTS];
