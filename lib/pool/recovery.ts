/** Undoing what a task has left on the client that it had. */
import type { CommandOptions } from '../client/options/command-options';
import { ErrorReply } from '../errors';
import { Doing, type Member } from './members';
import { withOptions } from './pooled-client';
import { Left } from './session-state';

/** What undoes things goes ahead of all that comes later, which may be `asap` too, and has no limit: nobody else would undo them. */
const FIRST: CommandOptions = { asap: true };

/** Told how it went, if it takes time. */
export interface RecoveryListener {
  /** The member is as if nobody had had it. */
  recovered(member: Member): void;
  /** It is of no use for others. */
  spoilt(member: Member): void;
}

/**
 * Undoes what was left on a member that is settling.
 *
 * @param left bits of {@link Left}
 * @param isQueueLimited what undoes things would take the place of commands of the next task in the client's queue
 * @returns true when all is undone as soon as what was sent now is; else the listener will be told
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
    // A connection that was lost has lost its state too.
    if (error instanceof ErrorReply && member.doing !== Doing.Gone) listener.spoilt(member);
  };
  if (left & Left.Watch) {
    client._watch.forget();
    client._sendWords(['UNWATCH'], undefined, FIRST).catch(failed);
  }
  if (left & Left.Database) {
    const database = Number(client._options.database ?? 0);
    // From now on, whatever becomes of the connection.
    client._runner.link.setDatabase(database);
    withOptions(client, FIRST).select(database).catch(failed);
  }
  client._left = Left.Nothing;
  return true;
}
