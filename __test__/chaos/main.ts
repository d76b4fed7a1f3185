/**
 * Rounds of chaos, as a program: `node dist-test/__test__/chaos/main.js --transport uv --rounds 100 --seed 1`.
 * Ends with 0 when all went as it must, with 1 and a report of each round that did not otherwise.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { engine } from '../../lib/wire/engine';
import { startServer, type TestServer } from '../support/server';
import { PROVOKED, TRANSPORTS, type Choice, type Transport } from './plan';
import { playRound, type Outcome, type World } from './round';
import type { RoundState } from './round-state';

/** Only what hangs takes so long to end, ms. */
const LINGERING = 30_000;

const argument = (name: string): string | undefined => {
  const index = process.argv.indexOf(`--${name}`);
  return index < 0 ? undefined : process.argv[index + 1];
};
const transport = (argument('transport') ?? 'uv') as Transport;
if (!TRANSPORTS.includes(transport)) throw new Error(`--transport must be one of ${TRANSPORTS.join(', ')}`);
const first = Number(argument('seed') ?? 1);
const rounds = Number(argument('rounds') ?? 1);
const parallel = Number(argument('parallel') ?? 16);
const choice: Choice = { kinds: argument('kinds')?.split(','), operations: argument('operations')?.split(',') };

const running = new Set<RoundState>();
let failures = 0;

function report(seed: number, violations: readonly string[], trace: string, what: string): void {
  failures++;
  const narrowed = ['kinds', 'operations'].map((name) => (argument(name) === undefined ? '' : ` --${name} ${argument(name)}`)).join('');
  console.log(`✗ seed ${seed}, ${transport}, ${what}`);
  for (const violation of violations.slice(0, 10)) console.log(`    ${violation}`);
  console.log(`  the last events:\n${trace.replace(/^/gm, '    ')}`);
  console.log(`  again: node tools/chaos.mjs --transport ${transport} --seed ${seed} --rounds 1${narrowed}`);
  console.log(`  with the rounds beside it: node tools/chaos.mjs --transport ${transport} --seed ${Math.max(first, seed - 16)} --rounds 32${narrowed}\n`);
}

/** Nobody has caught it: it belongs to one of the rounds that run. */
function uncaught(kind: string) {
  return (error: unknown): void => {
    if (error instanceof Error && error.message === PROVOKED) return;
    failures++;
    console.log(`✗ ${kind} while ${[...running].map(({ seed }) => seed).join(', ')} ran (${transport}): ${(error as Error)?.stack ?? String(error)}`);
    for (const round of running) round.note(`!!! ${kind}: ${String(error)}`);
  };
}

process.on('uncaughtException', uncaught('an uncaught exception'));
process.on('unhandledRejection', uncaught('an unhandled rejection'));
process.on('warning', uncaught('a warning'));

/** Rounds that want a server for themselves wait for one of so many. */
const LONERS = 3;

/** A server that one round at a time has for itself; it keeps its data over a restart. */
class Loner {
  private server: TestServer | undefined;
  private turn: Promise<unknown> = Promise.resolve();
  waiting = 0;

  run<T>(use: (server: TestServer) => Promise<T>): Promise<T> {
    this.waiting++;
    const mine = this.turn.then(async () => {
      this.server ??= await startServer({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] });
      await this.server.command('FLUSHALL');
      return use(this.server);
    });
    // Nobody knows what a round that failed has left on it.
    this.turn = mine.catch(() => this.stop()).finally(() => this.waiting--);
    return mine;
  }

  async stop(): Promise<void> {
    await this.server?.stop();
    this.server = undefined;
  }
}

async function makeWorld(): Promise<World & { stop(): Promise<void> }> {
  const shared = await startServer();
  const loners = Array.from({ length: LONERS }, () => new Loner());
  return {
    shared,
    alone: (run) => loners.reduce((one, other) => (other.waiting < one.waiting ? other : one)).run(run),
    async stop() {
      await Promise.all([shared, ...loners].map((one) => one.stop()));
    },
  };
}

async function play(world: World, outcomes: Outcome[]): Promise<void> {
  let next = first;
  const lane = async (): Promise<void> => {
    while (next < first + rounds) {
      let mine: RoundState | undefined;
      const seed = next++;
      const outcome = await playRound(seed, transport, choice, world, (round) => running.add((mine = round)));
      if (mine) running.delete(mine);
      outcomes.push(outcome);
      if (outcome.violations.length > 0) report(outcome.seed, outcome.violations, outcome.trace, outcome.kinds.join(' + ') || 'no fault');
    }
  };
  await Promise.all(Array.from({ length: parallel }, lane));
}

/** How often each kind of fault struck. */
function summary(outcomes: readonly Outcome[]): string {
  const counts = new Map<string, number>();
  for (const { kinds } of outcomes) for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const sum = (pick: (outcome: Outcome) => number): number => outcomes.reduce((total, outcome) => total + pick(outcome), 0);
  const kinds = [...counts].sort().map(([kind, count]) => `${kind} ${count}`).join(', ');
  return `${outcomes.length} rounds (${transport}), ${sum((one) => one.answered)} commands answered, ${sum((one) => one.failed)} failed; ${counts.size} kinds of fault: ${kinds}`;
}

async function main(): Promise<void> {
  const outcomes: Outcome[] = [];
  const world = await makeWorld();
  await play(world, outcomes);
  await world.stop();
  if (engine().pending.size > 0) {
    failures++;
    console.log(`✗ ${engine().pending.size} requests are not settled after all`);
  }
  await nothingLeft();
  console.log(summary(outcomes));
  process.exit(failures > 0 ? 1 : 0);
}

/** Waits until every socket of this process is closed: one that stays would keep it from ending. */
async function nothingLeft(): Promise<void> {
  const sockets = (): string[] => process.getActiveResourcesInfo().filter((name) => /TCP|Connect/.test(name));
  const deadline = performance.now() + LINGERING;
  while (sockets().length > 0 && performance.now() < deadline) await sleep(20);
  if (sockets().length === 0) return;
  failures++;
  console.log(`✗ the process does not end by itself: ${sockets().join(', ')}`);
}

void main();
