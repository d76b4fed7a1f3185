/** Limits on the queued commands of a client, checked before a command is accepted. */
import { ClientOfflineError, queueFullError } from '../../errors';
import type { Outstanding, RequestLimits } from '../../wire/link-types';
import type { AnyRedisClientOptions } from './option-types';

/** The limits of one client. */
export class QueueLimits implements RequestLimits {
  readonly #maxLength: number;
  readonly #maxBytes: number;
  readonly #needsConnection: boolean;

  /** @returns `undefined` if the options set no limit, so that no check is needed */
  static of(options: AnyRedisClientOptions): QueueLimits | undefined {
    const { commandsQueueMaxLength, commandsQueueMaxBytes, disableOfflineQueue } = options;
    if (!commandsQueueMaxLength && !commandsQueueMaxBytes && !disableOfflineQueue) return undefined;
    return new QueueLimits(options);
  }

  private constructor({ commandsQueueMaxLength, commandsQueueMaxBytes, disableOfflineQueue }: AnyRedisClientOptions) {
    this.#maxLength = commandsQueueMaxLength || Infinity;
    this.#maxBytes = commandsQueueMaxBytes || Infinity;
    this.#needsConnection = Boolean(disableOfflineQueue);
  }

  /** Returns the error for a single command that must be refused; `undefined` if it may be accepted. */
  refusal(requests: Outstanding, bytes: number, isReady: boolean): Error | undefined {
    if (this.#needsConnection && !isReady) return new ClientOfflineError();
    return this.chainRefusal(requests, 1, bytes);
  }

  /** Like {@link refusal}, for a chain of commands, which may be queued even with `disableOfflineQueue`. */
  chainRefusal({ outstanding, outstandingBytes }: Outstanding, count: number, bytes: number): Error | undefined {
    const isFull = outstanding + count > this.#maxLength || outstandingBytes + bytes > this.#maxBytes;
    return isFull ? queueFullError() : undefined;
  }
}
