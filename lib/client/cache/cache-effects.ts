/** Determines how commands other than cached reads affect the client-side cache. */
import { Trait, traitsOf, traitsOfWords } from '../../commands/traits';
import { ErrorReply } from '../../errors';
import type { EncodedCommand } from '../../wire/link-types';
import type { RedisArgument } from '../../wire/command-parser';
import type { CachingRunner } from './cached-execution';

export const enum Effect {
  None,
  /** May change the keys among its arguments. */
  Write,
  /** Changes all keys. */
  Everything,
  /**
   * Changes the session: the client no longer knows in which database commands run, or whether they run at once (MULTI) and are tracked.
   */
  Session,
  /** Like `Session`; in addition the server may no longer track any keys. */
  Untracked,
}

/** @param name in upper case, with the subcommand if the command has one */
export function cacheEffectOf(name: string): Effect {
  return effectOfTraits(traitsOf(name));
}

function effectOfTraits(traits: number): Effect {
  if ((traits & Trait.Untracks) !== 0) return Effect.Untracked;
  if ((traits & (Trait.Selects | Trait.OpensMulti | Trait.Caching)) !== 0) return Effect.Session;
  if ((traits & Trait.Flushes) !== 0) return Effect.Everything;
  return (traits & Trait.Writes) !== 0 ? Effect.Write : Effect.None;
}

/** Returns the effect of a command given as words. */
export function cacheEffectOfWords(words: readonly RedisArgument[]): Effect {
  return effectOfTraits(traitsOfWords(words));
}

/** Returns the effect of an encoded command, whose name may lack the subcommand. */
export function cacheEffectOfEncoded({ name, bytes }: EncodedCommand): Effect {
  const upper = name.toUpperCase();
  return cacheEffectOf(upper === 'CLIENT' ? `CLIENT ${bytes.toString('latin1').split('\r\n', 5)[4]?.toUpperCase()}` : upper);
}

/**
 * Tracks whether a command may have changed the session in a way unknown to the client. If so, the cache is bypassed until the next
 * connection or RESET.
 */
export class ConnectionDoubt {
  isRaised = false;
  #underWay = 0;
  #isFounded = false;

  /** Notes that a command with such an effect was sent. @returns its reply */
  raise(runner: CachingRunner, reply: Promise<unknown>, effect: Effect): Promise<unknown> {
    const settled = (happened: boolean): void => {
      this.#underWay--;
      if (happened) this.#isFounded = true;
      this.#update();
      if (happened && effect === Effect.Untracked) runner.link.untrack();
    };
    this.#underWay++;
    this.#update();
    reply.then(() => settled(true), (error: unknown) => settled(mayHaveRun(error)));
    return reply;
  }

  /** Notes that the state of the connection is known again, after RESET or with a new connection. */
  settle(): void {
    this.#isFounded = false;
    this.#update();
  }

  #update(): void {
    this.isRaised = this.#isFounded || this.#underWay > 0;
  }
}

function mayHaveRun(error: unknown): boolean {
  return !(error instanceof ErrorReply) && (error as { phase?: unknown } | undefined)?.phase !== 'queued';
}
