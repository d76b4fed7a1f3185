/** Limits of what a client keeps: checked before commands are accepted. */
import { ClientOfflineError, queueFullError } from '../errors';
import type { Link } from '../wire/link';
import type { AnyRedisClientOptions } from './types';

/** The limits of one client. */
export class QueueLimits {
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
  refusal(link: Link, bytes: number): Error | undefined {
    if (this.#needsConnection && !link.isReady) return new ClientOfflineError();
    return this.chainRefusal(link, 1, bytes);
  }

  /** The same for commands that travel together: they may wait for a connection. */
  chainRefusal(link: Link, count: number, bytes: number): Error | undefined {
    const isFull = link.outstanding + count > this.#maxLength || link.outstandingBytes + bytes > this.#maxBytes;
    return isFull ? queueFullError() : undefined;
  }
}
