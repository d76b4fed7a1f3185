/** Which database a client's commands run in: the one of its options, or the one that was selected since. */
import type { Link } from '../../wire/client-link';

/** Who runs the commands. */
interface DatabaseUser {
  readonly link: Link;
  /** The database of commands that are sent now; `undefined` while it is being changed. */
  database: number | undefined;
}

export class DatabaseChoice {
  readonly #user: DatabaseUser;
  /** `undefined` for the one of the options. */
  #selected: number | undefined;
  /** The one of the options, where a reset returns to. */
  #own = 0;
  /** SELECT and RESET that have not been answered. */
  #changes = 0;

  constructor(user: DatabaseUser, own: number) {
    this.#user = user;
    user.database = own;
  }

  /** Another one than that of the options was selected. */
  get isElsewhere(): boolean {
    return this.#selected !== undefined && this.#selected !== this.#own;
  }

  /** A link was opened with this database. What was selected earlier counts for later connections too. */
  opened(own: number): void {
    this.#own = own;
    this.#settle();
    if (this.#selected !== undefined) this.#user.link.setDatabase(this.#selected);
  }

  /** The server has selected a database; `undefined`: that of the options again. */
  selected(database: number | undefined): void {
    this.#selected = database;
    this.#settle();
    this.#user.link.setDatabase(database ?? this.#own);
  }

  /** RESET was answered. */
  wasReset(): void {
    this.#selected = undefined;
  }

  /** Runs what changes the database. @param changed called when that succeeded; SELECT is noted by its reply */
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
