import type { RespValue } from '../../support/resp';
import type { TestServer } from '../../support/server';
import type { Actor } from '../reply-stage';

/** What a sequence works with. */
export interface SequenceStage {
  readonly actor: Actor;
  readonly server: TestServer;
  /** Calls a method under the mapping, notes what it comes to and gives its value (`undefined` if it was rejected). */
  call(method: string, ...args: unknown[]): Promise<any>;
  /** Notes what something else comes to; the masks of `label` apply. */
  note(label: string, call: () => unknown): Promise<any>;
  /** A command of the test itself in the database of the actor, not noted. @throws RespError */
  command(...words: (string | Buffer)[]): Promise<RespValue>;
  /** Another connection of the same kind; the sequence destroys its client. */
  another(): Promise<Actor>;
}

/** Calls whose replies depend on those before. Every actor makes them on an empty database. */
export interface Sequence {
  readonly name: string;
  /** Commands without which the server cannot run it. */
  readonly needs?: readonly string[];
  /** It gets a connection of its own. */
  readonly changesTheConnection?: boolean;
  readonly run: (stage: SequenceStage) => Promise<void>;
}

/** Waits until a report of the server says so. */
export async function until(report: () => Promise<unknown>, wanted: RegExp): Promise<void> {
  for (let tries = 0; tries < 2500; tries += 1) {
    if (wanted.test(String(await report()))) return;
    await new Promise((resolve) => setTimeout(resolve, 4));
  }
  throw new Error(`waited in vain for ${wanted}`);
}
