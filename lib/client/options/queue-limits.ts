/** Limits of what a client keeps: checked before commands are accepted. */
import { ClientOfflineError, queueFullError } from '../../errors';
import type { Outstanding, RequestLimits } from '../../wire/link-types';
import type { AnyRedisClientOptions } from './option-types';

/** The limits of one client. */
export class QueueLimits implements RequestLimits {
  readonly #maxLength: number;
  readonly #maxBytes: number;
  readonly #needsConnection: boolean;

  /** @returns `undefined` when the options set no limit: then nothing has to be checked */
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

  /** The error for a single command that may not be accepted now; `undefined` when it may. */
  refusal(requests: Outstanding, bytes: number, isReady: boolean): Error | undefined {
    if (this.#needsConnection && !isReady) return new ClientOfflineError();
    return this.chainRefusal(requests, 1, bytes);
  }

  /** The same for commands that travel together: they may wait for a connection. */
  chainRefusal({ outstanding, outstandingBytes }: Outstanding, count: number, bytes: number): Error | undefined {
    const isFull = outstanding + count > this.#maxLength || outstandingBytes + bytes > this.#maxBytes;
    return isFull ? queueFullError() : undefined;
  }
}
