/**
 * What the programs of this folder share. A program uses one library as its documentation does and tells what it sees; the runner
 * compares what it told with npm redis and with oxredis, so nothing that differs from run to run may be told.
 */
import { createClient } from 'redis';

/** Where the server is. */
export const url = process.env.REDIS_URL;

/** Waits are bounded so that a program ends by itself; nothing takes this long. */
const BOUND = 20_000;

/** Tells a result. Errors are told by class and text, other values as JSON. */
export function say(label, value) {
  console.log(`${label}: ${described(value)}`);
}

/** Tells how a promise ends. */
export async function tell(label, promise) {
  try {
    say(label, await promise);
  } catch (error) {
    say(`${label} fails`, error);
  }
}

/** Waits for what must be. */
export async function until(what, condition) {
  const end = Date.now() + BOUND;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A client that is connected, and whose errors are told. */
export async function connected(options = {}) {
  const client = createClient({ url, ...options });
  client.on('error', (error) => say('client error', error));
  await client.connect();
  return client;
}

/** Tells the lifecycle events of a client. */
export function tellEvents(name, client) {
  for (const event of ['connect', 'ready', 'reconnecting', 'end']) client.on(event, () => say(name, event));
}

/** Closes all connections that are not the caller's own, as a server does that restarts; the runner's MONITOR stays. */
export async function killOthers(client) {
  const own = String(await client.sendCommand(['CLIENT', 'ID']));
  for (const line of String(await client.sendCommand(['CLIENT', 'LIST'])).trim().split('\n')) {
    const [, id, flags] = /\bid=(\d+).*\bflags=(\w+)/.exec(line);
    if (id !== own && !flags.includes('O')) await client.sendCommand(['CLIENT', 'KILL', 'ID', id]);
  }
}

/** A time to live, as far as it can be compared: whether there is one, and that it is not longer than it was set. */
export function ttl(seconds, most) {
  return seconds > 0 && seconds <= most ? `at most ${most}` : seconds;
}

function described(value) {
  if (value instanceof Error) return `${value.constructor.name} ${value.message}`;
  return JSON.stringify(value, (_key, inner) => (inner instanceof Map ? [...inner] : typeof inner === 'bigint' ? `${inner}n` : inner)) ?? String(value);
}
