// Every method of a client, a pool and a builder is called with arguments that it does not take: the error says which command it was
// and carries a code, and is not what V8 says of a variable of the library.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createClient, createClientPool } from '../../lib';
import { COMMAND_TABLE } from '../../lib/commands';
import { MODULE_TABLES } from '../../lib/commands/modules';
import { SILENCE, startScriptedServer, type ScriptedServer } from '../support/scripted-server';
import { commandFacts } from './command-facts';

const HANDSHAKE = new Set(['HELLO', 'CLIENT', 'SELECT']);

/** What callers pass by accident. */
const WRONG: readonly unknown[] = [
  undefined, null, true, 5, 5n, 'text', '', [], [null], [5], {}, { a: null }, new Date(0), new Map(), Symbol('s'), () => 'f', Promise.resolve('f'),
  new Uint8Array(2), Object.create(null),
];

/** The words of V8 when it is given a value that code does not expect. */
const V8 = /Cannot (read|set|convert|destructure|use)|is not (iterable|a function|a constructor|defined)|undefined \(|object null|reading '/;

/** What a client and a pool have in common here. Their own types are large, and of no use for calls that they forbid. */
interface Plain {
  on(event: 'error', listener: () => void): void;
  connect(): Promise<unknown>;
  destroy(): void;
  multi(): object;
}
const makeClient = createClient as unknown as (options: object) => Plain;
const makePool = createClientPool as unknown as (options: object, poolOptions: object) => Plain;

type Method = (...args: unknown[]) => unknown;
type Receiver = Record<string, Method>;
interface Failure {
  about: string;
  error: unknown;
}

const FACTS = new Map(commandFacts().map((facts) => [`${facts.module}.${facts.method}`, facts.examples]));

/** Calls of a method: those of its examples with something wrong or missing. */
function* callsOf(module: string, method: string): Generator<unknown[]> {
  const examples = FACTS.get(`${module}.${method}`) ?? [];
  const longest = examples.reduce<unknown[]>((found, { args }) => (args.length > found.length ? args : found), []);
  for (let count = 0; count < longest.length; count++) yield longest.slice(0, count);
  for (let at = 0; at < Math.max(longest.length, 2); at++) {
    for (const wrong of WRONG) yield Array.from({ length: Math.max(longest.length, at + 1) }, (_, i) => (i === at ? wrong : longest[i]));
  }
}

function namespacesOf(target: object): [module: string, receiver: Receiver, methods: string[], nameOf: (method: string) => string][] {
  const core = target as Receiver;
  const modules = Object.entries(MODULE_TABLES).map(([name, table]) =>
    [name, (target as Record<string, Receiver>)[name] as Receiver, Object.keys(table), (method: string) => String(table[method]?.name)] as const);
  return [
    ['client', core, Object.keys(COMMAND_TABLE), (method) => String(COMMAND_TABLE[method]?.name)], ...modules as never[],
  ];
}

function assertTold({ about, error }: Failure, name: string): void {
  assert.ok(error instanceof Error, `${about}: ${String(error)}`);
  const { code, command, message } = error as Error & { code?: string; command?: string };
  assert.doesNotMatch(message, V8, about);
  assert.equal(typeof code, 'string', `${about}: ${message}`);
  assert.equal(command, name, `${about}: ${message}`);
}

/** Calls everything, ends all that was sent, and looks at each error. */
async function judge(target: object, end: () => void): Promise<number> {
  const pending: Promise<[Failure, string] | undefined>[] = [];
  for (const [module, receiver, methods, nameOf] of namespacesOf(target)) {
    for (const method of methods.filter((name) => receiver[name] !== undefined)) {
      for (const args of callsOf(module, method)) {
        const about = `${module}.${method}(${args.map((arg) => typeof arg === 'symbol' ? 'symbol' : Object.prototype.toString.call(arg)).join()})`;
        let result: unknown;
        try {
          result = (receiver[method] as Method)(...args);
        } catch (error) {
          assert.fail(`${about} throws instead of rejecting: ${String(error)}`);
        }
        pending.push((result as Promise<unknown>).then(() => undefined, (error: unknown) => [{ about, error }, nameOf(method)]));
      }
    }
  }
  end();
  let refused = 0;
  for (const failure of await Promise.all(pending)) {
    if (failure === undefined) continue;
    assertTold(...failure);
    if ((failure[0].error as { code?: string }).code === 'OXREDIS_INVALID_ARGUMENT') refused += 1;
  }
  return refused;
}

describe('bad arguments', () => {
  let server: ScriptedServer;
  before(async () => {
    server = await startScriptedServer({ onCommand: ([name]) => (HANDSHAKE.has(name as string) ? undefined : SILENCE) });
  });
  after(() => server.stop());
  const socket = (): { host: string; port: number } => ({ host: '127.0.0.1', port: server.port });

  test('a client rejects them with an error that names the command', async () => {
    const client = makeClient({ socket: socket() });
    client.on('error', () => undefined);
    await client.connect();
    assert.ok(await judge(client, () => client.destroy()) > 5000);
  });

  test('a pool does the same', async () => {
    const pool = makePool({ socket: socket() }, { minimum: 1, maximum: 1 });
    pool.on('error', () => undefined);
    await pool.connect();
    assert.ok(await judge(pool, () => pool.destroy()) > 5000);
  });

  test('a builder throws them', () => {
    const client = makeClient({ socket: socket() });
    let refused = 0;
    for (const [module, , methods, nameOf] of namespacesOf(client)) {
      for (const method of methods) {
        for (const args of callsOf(module, method)) {
          const multi = client.multi() as Receiver;
          const receiver = module === 'client' ? multi : (multi as unknown as Record<string, Receiver>)[module] as Receiver;
          if (receiver[method] === undefined) continue;
          try {
            receiver[method](...args);
          } catch (error) {
            refused += 1;
            assertTold({ about: `multi().${module}.${method}`, error }, nameOf(method));
          }
        }
      }
    }
    assert.ok(refused > 500, String(refused));
  });
});
