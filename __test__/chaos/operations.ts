import { randomFillSync } from 'node:crypto';
import { RESP_TYPES, type RedisClientPoolType, type RedisClientType } from '../../lib';
import type { Random } from './random';
import type { RoundState } from './round-state';
import { short } from './oracles';

/** What an operation is given. */
export interface Act {
  /** The client or pool itself. */
  client: RedisClientType;
  /** The same with options of commands, by chance. */
  dressed: RedisClientType;
  pool: RedisClientPoolType | undefined;
  resp: 2 | 3;
  random: Random;
  round: RoundState;
  /** Publishes past all faults. */
  publish(channel: string): Promise<void>;
}

/** Something that a user does, and what must come of it. */
export interface Operation {
  name: string;
  weight: number;
  on?: 'client' | 'pool';
  resp3?: true;
  run(act: Act): Promise<void>;
}

const BUFFERS = { [RESP_TYPES.BLOB_STRING]: Buffer };

/** Sees to it that a reply is the one that was asked for. */
async function same(act: Act, label: string, expected: unknown, command: () => Promise<unknown>): Promise<void> {
  const reply = await act.round.attempt(label, command);
  if (!reply || sameValue(reply.value, expected)) return;
  act.round.violate(`${label} gave ${short(reply.value)} instead of ${short(expected)}`);
}

function sameValue(value: unknown, expected: unknown): boolean {
  if (Buffer.isBuffer(value)) return Buffer.isBuffer(expected) && value.equals(expected);
  if (Array.isArray(value)) return Array.isArray(expected) && value.length === expected.length && value.every((one, i) => sameValue(one, expected[i]));
  return value === expected;
}

async function count(act: Act, client: RedisClientType): Promise<void> {
  const counter = act.random.pick(act.round.counters);
  counter.issued++;
  const reply = await act.round.attempt(`INCR ${counter.key}`, () => client.incr(counter.key));
  if (reply) counter.answered(reply.value);
}

async function write(act: Act, value: string | null): Promise<void> {
  const register = act.random.pick(act.round.registers);
  const answered = register.write(value);
  const reply = await act.round.attempt(
    `${value === null ? 'DEL' : 'SET'} ${register.key} ${short(value)}`,
    (): Promise<unknown> => (value === null ? act.dressed.del(register.key) : act.dressed.set(register.key, value)),
  );
  if (!reply) return;
  answered();
  const fits = value === null ? reply.value === 0 || reply.value === 1 : reply.value === 'OK';
  if (!fits) act.round.violate(`a write of ${register.key} gave ${short(reply.value)}`);
}

async function read(act: Act, mapped: boolean): Promise<void> {
  const register = act.random.pick(act.round.registers);
  const judge = register.read();
  const client = mapped ? act.dressed.withTypeMapping(BUFFERS) : act.dressed;
  const reply = await act.round.attempt(`GET ${register.key}${mapped ? ' as Buffer' : ''}`, (): Promise<unknown> => client.get(register.key));
  if (!reply) return;
  const { value } = reply;
  if (mapped && value !== null && !Buffer.isBuffer(value)) act.round.violate(`GET as Buffer gave ${short(value)}`);
  judge(Buffer.isBuffer(value) ? value.toString() : value);
}

/** Long text that says whose it is, everywhere in it. */
function bigText(act: Act): string {
  const token = act.round.token();
  return token.repeat(Math.ceil(act.random.pick([3000, 70_000, 300_000, 1_500_000]) / token.length));
}

async function transaction(act: Act, pipeline: boolean): Promise<void> {
  const { round } = act;
  const [token, other] = [round.token(), round.token()];
  const [first, second] = round.twins;
  first.issued++;
  second.issued++;
  const multi = (): Promise<unknown[]> => {
    const chain = act.dressed.multi().incr(first.key).echo(token).incr(second.key).echo(other);
    return (pipeline ? chain.execAsPipeline() : chain.exec()) as unknown as Promise<unknown[]>;
  };
  const reply = await round.attempt(pipeline ? 'a pipeline' : 'MULTI', multi, pipeline ? [/commands failed/] : [/commands failed/]);
  if (!reply) return;
  const [one, echoed, two, echoedToo] = reply.value;
  if (echoed !== token || echoedToo !== other || reply.value.length !== 4) round.violate(`MULTI with ${token} gave ${short(reply.value)}`);
  if (!pipeline && one !== two) round.violate(`the twins are ${String(one)} and ${String(two)}`);
  first.answered(one);
  second.answered(two);
}

async function burst(act: Act): Promise<void> {
  const tokens = Array.from({ length: act.random.between(5, 60) }, () => act.round.token());
  await Promise.all(tokens.map((token) => same(act, `ECHO ${token}`, token, () => act.client.echo(token))));
}

async function pop(act: Act): Promise<void> {
  const [, queue] = act.round.bags as [unknown, (typeof act.round.bags)[0]];
  const reply = await act.round.attempt(`BLPOP ${queue.key}`, () => act.client.blPop(queue.key, 0.01));
  if (!reply) queue.lostPops++;
  else if (reply.value !== null) {
    if (reply.value.key !== queue.key) act.round.violate(`BLPOP ${queue.key} gave ${short(reply.value)}`);
    queue.popAnswered(reply.value.element);
  }
}

async function push(act: Act): Promise<void> {
  const bag = act.random.pick(act.round.bags);
  const token = act.round.token();
  const answered = bag.pushed(token);
  const reply = await act.round.attempt(`RPUSH ${bag.key} ${token}`, () => act.dressed.rPush(bag.key, token));
  if (reply) answered();
}

async function ownHash(act: Act): Promise<void> {
  const token = act.round.token();
  const key = `${token}:hash`;
  const stored = await act.round.attempt(`HSET ${key}`, () => act.client.hSet(key, { who: token, what: `${token}!` }));
  if (!stored) return;
  const reply = await act.round.attempt(`HGETALL ${key}`, () => act.dressed.hGetAll(key));
  if (reply && (reply.value.who !== token || reply.value.what !== `${token}!` || Object.keys(reply.value).length !== 2)) {
    act.round.violate(`HGETALL ${key} gave ${short(reply.value)}`);
  }
}

async function ownError(act: Act): Promise<void> {
  const token = act.round.token();
  const script = 'return redis.error_reply("CHAOS " .. ARGV[1])';
  const command = (): Promise<unknown> => act.dressed.eval(script, { arguments: [token] });
  const reply = await act.round.attempt(`an error of ${token}`, command, [`CHAOS ${token}`]);
  if (reply) act.round.violate(`EVAL of an error gave ${short(reply.value)}`);
}

async function bigWrite(act: Act): Promise<void> {
  const key = `${act.round.token()}:big`;
  const text = bigText(act);
  const stored = await act.round.attempt(`SET ${key} (${text.length})`, () => act.client.set(key, text));
  if (!stored) return;
  await same(act, `GET ${key} (${text.length})`, text, () => act.dressed.get(key));
  const bytes = Buffer.from(text);
  await same(act, `GET ${key} as Buffer`, bytes, () => act.client.withTypeMapping(BUFFERS).get(key));
}

async function bigArray(act: Act): Promise<void> {
  const count = act.random.between(20, 800);
  const token = act.round.token();
  const script = 'local r = {} for i = 1, tonumber(ARGV[2]) do r[i] = ARGV[1] .. ":" .. i end return r';
  const expected = Array.from({ length: count }, (_, i) => `${token}:${i + 1}`);
  await same(act, `EVAL of ${count}`, expected, () => act.dressed.eval(script, { arguments: [token, String(count)] }));
}

/** The memory of a reply goes to somebody else while the next replies are read. */
async function transfer(act: Act): Promise<void> {
  const key = `${act.round.token()}:moved`;
  const bytes = randomFillSync(Buffer.alloc(200_000));
  if (!(await act.round.attempt(`SET ${key}`, () => act.client.set(key, bytes)))) return;
  const asBuffers = act.client.withTypeMapping(BUFFERS);
  const first = asBuffers.mGet([key, key]).then((replies) => {
    for (const reply of replies) {
      if (!Buffer.isBuffer(reply)) continue;
      if (!reply.equals(bytes)) act.round.violate(`${key} is not what it was`);
      try {
        structuredClone(reply.buffer, { transfer: [reply.buffer as ArrayBuffer] });
      } catch {
        // Memory that cannot be transferred is safe.
      }
    }
    return replies.length;
  });
  const tokens = Array.from({ length: 20 }, () => act.round.token());
  const later = tokens.map((token) => same(act, `ECHO ${token}`, token, () => act.client.echo(token)));
  await Promise.all([act.round.attempt(`MGET ${key}`, () => first), ...later]);
}

async function onDuplicate(act: Act): Promise<void> {
  const { round } = act;
  const other = act.client.duplicate();
  other.on('error', (error) => round.note(`    error of the duplicate: ${String(error)}`));
  await round.attempt('connect() of a duplicate', () => other.connect());
  const token = round.token();
  if (other.isOpen) await same(act, `ECHO ${token} of a duplicate`, token, () => other.echo(token));
  if (other.isOpen && act.random.chance(0.5)) await round.attempt('close() of a duplicate', () => other.close());
  else if (other.isOpen) other.destroy();
}

async function inTask(act: Act): Promise<void> {
  const { pool, round } = act;
  if (pool === undefined) return;
  const [token, channel] = [round.token(), round.token()];
  await same(act, `a task with ${token}`, `${token}!`, () => pool.execute(async (client) => {
    if (act.random.chance(0.3)) await client.watch(round.registers[0]?.key ?? '');
    if (act.random.chance(0.2)) await client.select(1);
    if (act.resp === 3 && act.random.chance(0.2)) await client.subscribe(channel, () => undefined);
    return `${await client.echo(token)}!`;
  }));
}

async function watched(act: Act): Promise<void> {
  const { pool, round } = act;
  const token = round.token();
  if (pool !== undefined) return inTask(act);
  const work = act.client.duplicate();
  work.on('error', () => undefined);
  const reply = await round.attempt(`WATCH and EXEC of ${token}`, async () => {
    await work.connect();
    await work.watch(`${token}:watched`);
    return work.multi().echo(token).exec();
  });
  if (reply && !sameValue(reply.value, [token])) round.violate(`EXEC of ${token} gave ${short(reply.value)}`);
  if (work.isOpen) work.destroy();
}

async function comeAndGo(act: Act): Promise<void> {
  const { round } = act;
  const channel = `${round.token()}:c`;
  const listener = (message: string, from: string): void => {
    if (from !== channel) round.violate(`${channel} got ${message} of ${from}`);
  };
  // On a client that is not open they wait until it is.
  if (!act.client.isOpen) return;
  if (!(await round.attempt(`SUBSCRIBE ${channel}`, () => act.client.subscribe(channel, listener)))) return;
  await act.publish(channel);
  if (!act.client.isOpen) return;
  await round.attempt(`UNSUBSCRIBE ${channel}`, () => act.client.unsubscribe(channel, listener));
}

/** SUBSCRIBE inside of MULTI: its acknowledgement is a push, not a reply. */
async function subscribeInMulti(act: Act): Promise<void> {
  const [token, channel] = [act.round.token(), act.round.token()];
  await act.round.attempt(`MULTI with SUBSCRIBE`, () => act.client.multi().echo(token).addCommand(['SUBSCRIBE', channel]).exec(), [/.*/]);
  await burst(act);
}

/** Everything that rounds draw from. */
export const OPERATIONS: readonly Operation[] = [
  { name: 'echo', weight: 6, run: (act) => { const token = act.round.token(); return same(act, `ECHO ${token}`, token, () => act.dressed.echo(token)); } },
  { name: 'echo-raw', weight: 2, run: (act) => { const token = act.round.token(); return same(act, `sendCommand ECHO ${token}`, token, () => act.dressed.sendCommand(['ECHO', token])); } },
  { name: 'echo-buffer', weight: 2, run: (act) => { const token = act.round.token(); return same(act, `ECHO ${token} as Buffer`, Buffer.from(token), () => act.dressed.withTypeMapping(BUFFERS).echo(token)); } },
  { name: 'burst', weight: 4, run: burst },
  { name: 'incr', weight: 5, run: (act) => count(act, act.dressed) },
  { name: 'set', weight: 5, run: (act) => write(act, act.round.token()) },
  { name: 'set-empty', weight: 1, run: (act) => write(act, '') },
  { name: 'set-long', weight: 1, run: (act) => write(act, bigText(act).slice(0, 100_000)) },
  { name: 'del', weight: 1, run: (act) => write(act, null) },
  { name: 'get', weight: 8, run: (act) => read(act, false) },
  { name: 'get-buffer', weight: 2, run: (act) => read(act, true) },
  { name: 'multi', weight: 4, run: (act) => transaction(act, false) },
  { name: 'pipeline', weight: 2, run: (act) => transaction(act, true) },
  { name: 'push', weight: 4, run: push },
  { name: 'pop', weight: 2, run: pop },
  { name: 'hash', weight: 2, run: ownHash },
  { name: 'own-error', weight: 2, run: ownError },
  { name: 'big', weight: 1, run: bigWrite },
  { name: 'big-array', weight: 1, run: bigArray },
  { name: 'transfer', weight: 1, run: transfer },
  { name: 'duplicate', weight: 0.7, on: 'client', run: onDuplicate },
  { name: 'watch', weight: 0.7, run: watched },
  { name: 'task', weight: 4, on: 'pool', run: inTask },
  { name: 'publish', weight: 4, run: (act) => act.publish(act.round.inboxes[0]?.channel ?? `${act.round.prefix}:nobody`) },
  { name: 'come-and-go', weight: 1, on: 'client', resp3: true, run: comeAndGo },
  { name: 'subscribe-in-multi', weight: 0.7, on: 'client', resp3: true, run: subscribeInMulti },
];
