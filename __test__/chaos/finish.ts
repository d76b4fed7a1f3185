import { setTimeout as sleep } from 'node:timers/promises';
import type { RespValue } from '../support/resp';
import type { TestServer } from '../support/server';
import type { Inbox } from './oracles';
import { destroy, inTime, isProvoked, type Stage } from './round';
import { describe } from './round-state';

/** Only what hangs takes so long, ms. */
const HANG = 45_000;

/** After the faults: the client works again, nothing is owed, the server has what it must have, and everything ends. */
export async function finish(stage: Stage): Promise<void> {
  const { plan, round, client, pool } = stage;
  const opened = pool ?? client;
  if (stage.ended && !opened.isOpen) await refuses(stage);
  if (pool === undefined || !stage.ended) {
    if (!opened.isOpen) await reopen(stage);
    if (await works(stage)) {
      await speaksAsAsked(stage);
      for (const inbox of round.inboxes) await receives(stage, inbox);
    }
  }
  await compare(stage);
  await bounded(stage, 'the commands to be settled', async (goesOn) => {
    while (goesOn() && round.waiting.length > 0) await sleep(2);
  });
  if (stage.subscriber?.isOpen === true) await bounded(stage, 'close() of the subscriber', () => (stage.subscriber as Stage['client']).close());
  if (!opened.isOpen) return;
  round.note(`# ${plan.last}() at the end`);
  if (plan.last === 'destroy') destroy(stage, opened);
  else if (plan.last === 'close' || pool) await bounded(stage, 'close() to end', () => opened.close());
  // It is a command, which a connection that is lost just then may cost.
  else await bounded(stage, 'quit() to end', async () => void (await round.attempt('quit()', () => client.quit())));
  if (plan.last === 'quit' && client.isOpen) destroy(stage, client);
  if (opened.isOpen) round.violate('open after the end');
}

/** Waits for something that must happen. @param wait goes on as long as it is told to @returns whether it did */
async function bounded(stage: Stage, what: string, wait: (goesOn: () => boolean) => Promise<void>): Promise<boolean> {
  const { round } = stage;
  let failure: unknown;
  let isOver = false;
  const done = wait(() => !isOver).catch((error: unknown) => {
    failure = error;
  });
  const inGoodTime = await inTime(done, HANG);
  isOver = true;
  if (!inGoodTime) round.violate(`waited ${HANG / 1000} s in vain for ${what}; unsettled: ${round.waiting.join(', ') || 'none'}`);
  else if (failure === undefined || isProvoked(stage, failure)) return true;
  else round.violate(`${what}: ${describe(failure)}`);
  return false;
}

async function refuses(stage: Stage): Promise<void> {
  const { round, client } = stage;
  const reply = await round.attempt('ECHO of a closed client', () => client.echo('x'));
  if (reply) round.violate('a closed client answers');
}

async function reopen(stage: Stage): Promise<void> {
  const { round, client } = stage;
  await bounded(stage, 'connect() to succeed', async (goesOn) => {
    while (goesOn() && !client.isOpen) {
      await round.attempt('connect() again', async () => void (await client.connect()), [/./]);
      await sleep(1);
    }
  });
}

/** The client answers again, with what it is asked. */
async function works(stage: Stage): Promise<boolean> {
  const { round, client, pool } = stage;
  return bounded(stage, 'the client to work again', async (goesOn) => {
    while (goesOn()) {
      const token = round.token();
      const reply = await round.attempt(`ECHO ${token} after all`, () => client.echo(token));
      if (reply && reply.value !== token) round.violate(`ECHO ${token} gave ${String(reply.value)}`);
      if (reply) return;
      await sleep(2);
      // A strategy may have given up in between.
      if (pool === undefined && !client.isOpen) await reopen(stage);
    }
  });
}

async function speaksAsAsked(stage: Stage): Promise<void> {
  const { round, plan, client } = stage;
  const info = await round.attempt('CLIENT INFO', () => client.sendCommand(['CLIENT', 'INFO']));
  if (!info) return;
  const text = String(info.value);
  const resp = /resp=(\d)/.exec(text)?.[1];
  if (resp !== undefined && Number(resp) !== plan.resp) round.violate(`RESP${plan.resp} was asked for, RESP${resp} is spoken`);
  const user = /user=(\S+)/.exec(text)?.[1];
  if (user !== (stage.user ?? 'default')) round.violate(`the connection is that of ${user}`);
  if (!text.includes(`name=chaos-${round.seed} `)) round.violate(`the connection has no name: ${text}`);
}

/** Subscriptions are there again. */
async function receives(stage: Stage, inbox: Inbox): Promise<void> {
  const before = inbox.received;
  await bounded(stage, `a message of ${inbox.channel}`, async (goesOn) => {
    while (goesOn() && inbox.received === before) {
      // Silence may have ended it.
      if (stage.pool === undefined && !stage.client.isOpen) await reopen(stage);
      await stage.publish(inbox.channel);
      await sleep(2);
    }
  });
}

/** Asks the server past all faults; one that was restarted may cost the first attempts. */
async function ask(server: TestServer, ...words: string[]): Promise<RespValue> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await server.command(...words);
    } catch (error) {
      if (attempt === 5) throw error;
      await sleep(10);
    }
  }
}

/** Compares what the server has with what was answered. */
async function compare({ round, server }: Stage): Promise<void> {
  for (const counter of [...round.counters, ...round.twins]) counter.check(await ask(server, 'GET', counter.key));
  for (const bag of round.bags) bag.check((await ask(server, 'LRANGE', bag.key, '0', '-1')) as unknown[]);
  for (const register of round.registers) {
    const judge = register.read();
    judge(await ask(server, 'GET', register.key));
  }
  const all = [...round.counters, ...round.twins, ...round.registers, ...round.bags];
  await ask(server, 'DEL', ...all.map(({ key }) => key));
}
