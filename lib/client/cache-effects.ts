/** What commands that are no cached reads mean to a client-side cache. */
import { mayWrite } from '../commands/metadata';
import { ErrorReply } from '../errors';
import type { EncodedCommand } from '../wire/link';
import type { RedisArgument } from '../wire/command-parser';
import type { ClientCore } from './client-core';

export const enum Effect {
  None,
  /** May change the keys among its arguments. */
  Write,
  /** Changes all keys. */
  Everything,
  /** The client no longer knows in which database or how its commands run. */
  Session,
  /** Nor whether the server tells of changes. */
  Untracked,
}

const EFFECTS = new Map<string, Effect>([
  ['FLUSHALL', Effect.Everything],
  ['FLUSHDB', Effect.Everything],
  // The server does not announce it at all.
  ['SWAPDB', Effect.Everything],
  ['SELECT', Effect.Session],
  ['MULTI', Effect.Session],
  ['CLIENT CACHING', Effect.Session],
  ['CLIENT REPLY', Effect.Untracked],
  ['CLIENT TRACKING', Effect.Untracked],
  ['HELLO', Effect.Untracked],
  ['RESET', Effect.Untracked],
]);

/** Names are remembered up to this many: users can make any number of them. */
const KNOWN_NAMES = 2000;

/** @param name in upper case, with the subcommand if the command has one */
export function effectOf(name: string): Effect {
  const known = EFFECTS.get(name);
  if (known !== undefined) return known;
  const effect = mayWrite(name) ? Effect.Write : Effect.None;
  if (EFFECTS.size < KNOWN_NAMES) EFFECTS.set(name, effect);
  return effect;
}

/** Of a command that is given as words. */
export function effectOfWords([first, second]: readonly RedisArgument[]): Effect {
  const name = upperCase(first);
  return effectOf(name === 'CLIENT' ? `CLIENT ${upperCase(second)}` : name);
}

/** Of a command that was encoded earlier. Its name may lack the subcommand. */
export function effectOfEncoded({ name, bytes }: EncodedCommand): Effect {
  const upper = name.toUpperCase();
  return effectOf(upper === 'CLIENT' ? `CLIENT ${bytes.toString('latin1').split('\r\n', 5)[4]?.toUpperCase()}` : upper);
}

function upperCase(word: RedisArgument | undefined): string {
  return typeof word === 'string' || Buffer.isBuffer(word) ? word.toString().toUpperCase() : '';
}

/** Raw commands may do to a connection what the client does not know of: its cache is not used until the next one, or a reset. */
export class ConnectionDoubt {
  isRaised = false;
  #underWay = 0;
  #isFounded = false;

  /** A command with such an effect was sent: returns its reply. */
  raise(client: ClientCore, reply: Promise<unknown>, effect: Effect): Promise<unknown> {
    const self = client._self;
    const settled = (happened: boolean): void => {
      this.#underWay--;
      if (happened) this.#isFounded = true;
      this.#update();
      if (happened && effect === Effect.Untracked) self._link.untrack();
    };
    this.#underWay++;
    this.#update();
    reply.then(() => settled(true), (error: unknown) => settled(mayHaveRun(error)));
    return reply;
  }

  /** The connection is known again, or another one. */
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
