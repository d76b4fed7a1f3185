/** Collects the replies of the parts of a split command. One object counts them, in place of a promise for each part. */
import type { PartRequests } from '../../wire/client-link';
import type { ReplyPart } from '../../wire/link-types';
import type { Aggregate } from './aggregation';

let resolveLast: (value: unknown) => void;
let rejectLast: (error: unknown) => void;
const capture = (resolve: (value: unknown) => void, reject: (error: unknown) => void): void => {
  resolveLast = resolve;
  rejectLast = reject;
};

/**
 * The result of a command whose parts are on their way. It rejects with the first error, when all parts have settled: what is written after
 * a rejection must not be overtaken by a part that waits for another node.
 */
export abstract class Gather {
  readonly promise: Promise<unknown>;
  readonly #resolve: (value: unknown) => void;
  readonly #reject: (error: unknown) => void;
  #left: number;
  #failure: { readonly error: unknown } | undefined;

  /** @param parts how many replies there will be */
  constructor(parts: number, requests: Pick<PartRequests, 'rejecting'>) {
    this.#left = parts;
    this.promise = new Promise(capture);
    this.#resolve = resolveLast;
    this.#reject = requests.rejecting(rejectLast);
  }

  /** Puts the reply of a part in its place. */
  protected abstract place(reply: unknown, part: Part): void;

  /** The result, when all replies are in their places. */
  protected abstract result(): unknown;

  /** A part was answered. */
  replied(reply: unknown, part: Part): void {
    try {
      this.place(reply, part);
    } catch (error) {
      return this.failed(error);
    }
    this.#settled();
  }

  /** A part has failed. */
  failed(error: unknown): void {
    this.#failure ??= { error };
    this.#settled();
  }

  #settled(): void {
    if (--this.#left > 0) return;
    if (this.#failure !== undefined) return this.#reject(this.#failure.error);
    try {
      this.#resolve(this.result());
    } catch (error) {
      this.#reject(error);
    }
  }
}

/** A part of a split command: all its groups of one slot. */
export class Part implements ReplyPart {
  /**
   * @param index number of its first group
   * @param others numbers of its further groups
   */
  constructor(readonly gather: Gather, readonly index: number, readonly others: readonly number[] | undefined) {}

  resolved(reply: unknown): void {
    this.gather.replied(reply, this);
  }

  rejected(error: unknown): void {
    this.gather.failed(error);
  }
}

/** Replies that have an element for each group: the result has them in the order of the caller's groups. */
export class InOrder extends Gather {
  readonly #elements: unknown[];

  /** @param groups number of groups */
  constructor(parts: number, requests: Pick<PartRequests, 'rejecting'>, groups: number) {
    super(parts, requests);
    this.#elements = new Array<unknown>(groups);
  }

  protected place(reply: unknown, { index, others }: Part): void {
    const elements = reply as unknown[];
    this.#elements[index] = elements[0];
    if (others === undefined) return;
    for (let i = 0; i < others.length; i++) this.#elements[others[i] as number] = elements[i + 1];
  }

  protected result(): unknown {
    return this.#elements;
  }
}

/** Replies that are merged to one. */
export class Merged extends Gather {
  readonly #replies: unknown[] = [];
  readonly #merge: Aggregate;

  constructor(parts: number, requests: Pick<PartRequests, 'rejecting'>, merge: Aggregate) {
    super(parts, requests);
    this.#merge = merge;
  }

  protected place(reply: unknown): void {
    this.#replies.push(reply);
  }

  protected result(): unknown {
    return this.#merge(this.#replies);
  }
}
