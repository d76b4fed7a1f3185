/** Undoes the session changes that a task has made on its client. */
import type { CommandOptions } from '../client/options/command-options';
import { ErrorReply } from '../errors';
import { Doing, type Member } from './members';
import { withOptions } from './pooled-client';
import { Left } from './session-state';

/** Options of the undoing commands: ahead of all later commands, and without a timeout, as the changes must be undone in any case. */
const FIRST: CommandOptions = { asap: true };

/** Receives the result of an asynchronous recovery. */
export interface RecoveryListener {
  /** All session changes of the member were undone. */
  recovered(member: Member): void;
  /** The session changes could not be undone, so the member cannot be reused. */
  spoilt(member: Member): void;
}

/**
 * Undoes the session changes on a member that is settling.
 *
 * @param left the changes, as bits of {@link Left}
 * @param isQueueLimited whether the client's queue is limited, so that undoing commands would take space from those of the next task
 * @returns true if the commands sent now undo everything, so that the member can be used at once; false if the listener will be called
 */
export function recover(member: Member, left: number, isQueueLimited: boolean, listener: RecoveryListener): boolean {
  const { client } = member;
  if (left & Left.Broken) {
    listener.spoilt(member);
    return false;
  }
  if (left & (Left.Multi | Left.Session) || isQueueLimited) {
    const isSettling = (): boolean => member.doing === Doing.Settling;
    client.reset().then(
      () => {
        if (isSettling()) listener.recovered(member);
      },
      () => {
        if (isSettling()) listener.spoilt(member);
      },
    );
    return false;
  }
  const failed = (error: unknown): void => {
    // If the connection was lost, its session was lost too, so there is nothing to undo.
    if (error instanceof ErrorReply && member.doing !== Doing.Gone) listener.spoilt(member);
  };
  if (left & Left.Watch) {
    client._watch.forget();
    client._sendWords(['UNWATCH'], undefined, FIRST).catch(failed);
  }
  if (left & Left.Database) {
    const database = Number(client._options.database ?? 0);
    // Set on the link too, so that a reconnect selects the configured database.
    client._runner.link.setDatabase(database);
    withOptions(client, FIRST).select(database).catch(failed);
  }
  client._left = Left.Nothing;
  return true;
}
