/** Clients for the tests of faults. */
import { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, type AnyRedisClientOptions, type RedisSocketOptions } from '../../lib/client';
import { engine } from '../../lib/wire/engine';
import { until } from '../support/until';
import { startScriptedServer, type ScriptedServer, type ScriptedServerOptions } from '../support/scripted-server';

/** Both ways to a server. */
export const TRANSPORTS = ['uv', 'pump'] as const;
export type TransportName = (typeof TRANSPORTS)[number];

/** A hang is only told by the clock: no test waits this long for anything that works. Ms. */
const HANG = 60_000;

/** What a failed test leaves open would keep its file from ending. */
const leftovers = new Set<() => unknown>();
after(async () => {
  for (const close of leftovers) await close();
});

/** How a promise was settled. */
export type Outcome = { value: unknown; error?: undefined } | { value?: undefined; error: FaultError };

/** An error with what errors of this package carry. */
export type FaultError = Error & { code?: string; command?: string; phase?: string };

/** How a promise was settled. @throws Error when it hangs */
export async function outcome(promise: Promise<unknown>): Promise<Outcome> {
  return notHanging(
    promise.then(
      (value) => ({ value }),
      (error: unknown) => ({ error: error as FaultError }),
    ),
  );
}

/** The error that a promise is rejected with. @throws Error when it is not, or hangs */
export async function errorOf(promise: Promise<unknown>): Promise<FaultError> {
  const { value, error } = await outcome(promise);
  if (error === undefined) throw new Error(`expected a rejection, got ${JSON.stringify(value)}`);
  return error;
}

/** @throws Error when the promise is not settled after a minute */
export async function notHanging<T>(promise: Promise<T>): Promise<T> {
  const stop = new AbortController();
  const hang = sleep(HANG, undefined, { signal: stop.signal, ref: true }).then(() => {
    throw new Error('this hangs');
  });
  hang.catch(() => undefined);
  try {
    return await Promise.race([promise, hang]);
  } finally {
    stop.abort();
  }
}

type Overrides = Omit<AnyRedisClientOptions, 'socket'> & { socket?: RedisSocketOptions };

/** A client that is not connected, and the errors that it emits. It reconnects at once, unless told otherwise. */
export function clientOf(port: number, options: Overrides = {}) {
  const socket = { host: '127.0.0.1', port, reconnectStrategy: () => 5, ...options.socket } as RedisSocketOptions;
  const client = createClient({ disableClientInfo: true, ...options, socket });
  const errors: FaultError[] = [];
  client.on('error', (error: FaultError) => errors.push(error));
  leftovers.add(() => client.destroy());
  return { client, errors };
}

/** The same, connected. */
export async function connected(port: number, options: Overrides = {}) {
  const made = clientOf(port, options);
  await notHanging(made.client.connect());
  return made;
}

/** A client as the tests use it. */
export type Client = ReturnType<typeof clientOf>['client'];

/** Resolves with the arguments of the next event of this name. */
export function nextEvent(client: Client, name: string): Promise<unknown[]> {
  return notHanging(new Promise((resolve) => client.once(name, (...args: unknown[]) => resolve(args))));
}

/** Requests of this process that are not settled. */
export function unsettled(): number {
  return engine().pending.size;
}

/** A scripted server that is stopped with the file's tests at the latest. */
export async function scripted(options: ScriptedServerOptions = {}): Promise<ScriptedServer> {
  const server = await startScriptedServer(options);
  leftovers.add(() => server.stop().catch(() => undefined));
  return server;
}

/** A scripted server that answers BLPOP, and what follows it on the same connection, only when it is told to. */
export async function slowServer() {
  const held: ((reply: string) => void)[] = [];
  const slow = await scripted({
    onCommand: ([name]) => (name === 'BLPOP' ? new Promise<string>((resolve) => held.push(resolve)) : undefined),
  });
  return {
    slow,
    /** Answers the oldest BLPOP. */
    answer: (reply: string): void => held.shift()?.(reply),
    /** Resolves when a BLPOP waits. */
    holding: async (): Promise<void> => {
      await until(() => held.length > 0, 'a BLPOP');
    },
  };
}
