/**
 * Functions that the programs of this folder share. A program uses one library as its documentation does, and prints
 * what it observes. The runner compares the output with npm redis and with oxredis, so nothing that differs between
 * runs may be printed.
 */
import { createClient } from 'redis';

/** URL of the server. */
export const url = process.env.REDIS_URL;

/** Time limit of waits in ms, so that a program ends by itself; nothing should take this long. */
const BOUND = 20_000;

/** Prints a result: errors by class and message, other values as JSON. */
export function say(label, value) {
  console.log(`${label}: ${described(value)}`);
}

/** Prints the outcome of a promise. */
export async function tell(label, promise) {
  try {
    say(label, await promise);
  } catch (error) {
    say(`${label} fails`, error);
  }
}

/** Waits until a condition holds. */
export async function until(what, condition) {
  const end = Date.now() + BOUND;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Returns a connected client whose errors are printed. */
export async function connected(options = {}) {
  const client = createClient({ url, ...options });
  client.on('error', (error) => say('client error', error));
  await client.connect();
  return client;
}

/** Prints the lifecycle events of a client. */
export function tellEvents(name, client) {
  for (const event of ['connect', 'ready', 'reconnecting', 'end']) client.on(event, () => say(name, event));
}

/**
 * Closes all connections except the caller's, as a restart of the server does; the runner's MONITOR connection stays
 * open.
 */
export async function killOthers(client) {
  const own = String(await client.sendCommand(['CLIENT', 'ID']));
  for (const line of String(await client.sendCommand(['CLIENT', 'LIST'])).trim().split('\n')) {
    const [, id, flags] = /\bid=(\d+).*\bflags=(\w+)/.exec(line);
    if (id !== own && !flags.includes('O')) await client.sendCommand(['CLIENT', 'KILL', 'ID', id]);
  }
}

/** Reduces a time to live to what can be compared: whether there is one, and that it is not longer than it was set. */
export function ttl(seconds, most) {
  return seconds > 0 && seconds <= most ? `at most ${most}` : seconds;
}

function described(value) {
  if (value instanceof Error) return `${value.constructor.name} ${value.message}`;
  return JSON.stringify(value, (_key, inner) => (inner instanceof Map ? [...inner] : typeof inner === 'bigint' ? `${inner}n` : inner)) ?? String(value);
}
