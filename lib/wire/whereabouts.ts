/** What is known of a queued request, for the error of one that is cancelled. */
import type { Waiting } from './limit-errors';

export interface Whereabouts {
  readonly waiting: Waiting;
  /** Adds to an error where the request has been. */
  describe<E extends Error>(error: E): E;
}
