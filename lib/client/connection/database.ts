/** Tracks the database in which a client's commands run: the configured one, or the one that was selected since. */
import type { Link } from '../../wire/client-link';

/** The runner of the commands. */
interface DatabaseUser {
  readonly link: Link;
  /** The database in which commands sent now will run; `undefined` while it is being changed. */
  database: number | undefined;
}

export class DatabaseChoice {
  readonly #user: DatabaseUser;
  /** The selected database; `undefined`: the configured one. */
  #selected: number | undefined;
  /** The configured database, which RESET selects. */
  #own = 0;
  /** Number of SELECT and RESET commands that are not yet answered. */
  #changes = 0;

  constructor(user: DatabaseUser, own: number) {
    this.#user = user;
    user.database = own;
  }

  /** Whether a database other than the configured one is selected. */
  get isElsewhere(): boolean {
    return this.#selected !== undefined && this.#selected !== this.#own;
  }

  /** Notes that a link was opened with this configured database. A selected one still applies to later connections. */
  opened(own: number): void {
    this.#own = own;
    this.#settle();
    if (this.#selected !== undefined) this.#user.link.setDatabase(this.#selected);
  }

  /** Notes the database that the server has selected; `undefined`: the configured one. */
  selected(database: number | undefined): void {
    this.#selected = database;
    this.#settle();
    this.#user.link.setDatabase(database ?? this.#own);
  }

  /** Notes the reply to RESET. */
  wasReset(): void {
    this.#selected = undefined;
  }

  /** Runs a function that changes the database. @param changed called if it succeeds; not needed for SELECT, which is noted by its reply */
  async change<T>(run: () => Promise<T>, changed?: () => void): Promise<T> {
    this.#changes++;
    this.#user.database = undefined;
    try {
      const result = await run();
      changed?.();
      return result;
    } finally {
      this.#changes--;
      this.#settle();
    }
  }

  #settle(): void {
    if (this.#changes === 0) this.#user.database = this.#selected ?? this.#own;
  }
}
