import type { RedisClientType } from '../../../lib';
import type { RespValue } from '../../support/resp';
import { outcomeOf } from '../described';
import type { Caller } from '../reply-differences';
import { masked } from '../reply-masks';

/** What sequences use of a client or cluster besides its commands. */
export type SequenceClient = Pick<RedisClientType,
  'auth' | 'blPop' | 'clientId' | 'destroy' | 'get' | 'pSubscribe' | 'sSubscribe' | 'subscribe' | 'unsubscribe' | 'watch' | 'withTypeMapping'>;

/** Who makes the calls. */
export interface SequenceActor extends Caller {
  readonly client: SequenceClient;
  /** The methods under the mapping. */
  readonly mapped: Record<string, (...args: any[]) => unknown>;
}

/** What a sequence works with. */
export interface SequenceStage {
  readonly actor: SequenceActor;
  /** Calls a method under the mapping, notes what it comes to and gives its value (`undefined` if it was rejected). */
  call(method: string, ...args: unknown[]): Promise<any>;
  /** Notes what something else comes to; the masks of `label` apply. */
  note(label: string, call: () => unknown): Promise<any>;
  /** A command of the test itself on the data of the actor, not noted. @throws RespError */
  command(...words: (string | Buffer)[]): Promise<RespValue>;
  /** A command as words, on the actor's own connection. @param words the second one is a key */
  words(...words: [string, string, ...string[]]): Promise<unknown>;
  /** Another connection of the same kind; the sequence destroys its client. */
  another(): Promise<SequenceActor>;
}

/** Calls whose replies depend on those before. Every actor makes them on an empty database. */
export interface Sequence {
  readonly name: string;
  /** Commands without which the server cannot run it. */
  readonly needs?: readonly string[];
  /** It gets a connection of its own. */
  readonly changesTheConnection?: boolean;
  /** Why it cannot be run by a cluster. */
  readonly notOnClusters?: string;
  readonly run: (stage: SequenceStage) => Promise<void>;
}

/** What is different from stage to stage in running a sequence. */
export interface SequenceHost extends Pick<SequenceStage, 'command' | 'words' | 'another'> {
  /** Told of every method that is called. */
  called(method: string): void;
  /** Takes from an outcome what belongs to the actor alone. */
  common?(outcome: unknown, method: string): unknown;
}

/** Runs a sequence and gives what it noted: pairs of a method and what it came to. */
export async function play(sequence: Sequence, actor: SequenceActor, { called, common = (outcome) => outcome, ...host }: SequenceHost): Promise<unknown[]> {
  const notes: unknown[] = [];
  const note = async (method: string, call: () => unknown): Promise<unknown> => {
    let value: unknown;
    const outcome = await outcomeOf(async () => (value = await call()));
    notes.push([method, masked(method, common(outcome, method))]);
    return value;
  };
  await sequence.run({
    ...host, actor, note,
    call: (method, ...args) => {
      called(method);
      return note(method, () => (actor.mapped[method] as (...values: unknown[]) => unknown)(...args));
    },
  });
  return notes;
}

/** Waits until a report of the server says so. */
export async function until(report: () => Promise<unknown>, wanted: RegExp): Promise<void> {
  for (let tries = 0; tries < 2500; tries += 1) {
    if (wanted.test(String(await report()))) return;
    await new Promise((resolve) => setTimeout(resolve, 4));
  }
  throw new Error(`waited in vain for ${wanted}`);
}
