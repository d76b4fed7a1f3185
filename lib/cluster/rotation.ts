/** Choices that spread evenly. */

/** Hands out the elements of a list in turn, beginning with a random one: as many calls as there are elements give each of them once. */
export class Rotation<T> {
  readonly #elements: readonly T[];
  #at: number;

  constructor(elements: readonly T[]) {
    this.#elements = elements;
    this.#at = Math.floor(Math.random() * elements.length);
  }

  /** @returns `undefined` if there are no elements */
  next(): T | undefined {
    const element = this.#elements[this.#at];
    this.#at = this.#at + 1 < this.#elements.length ? this.#at + 1 : 0;
    return element;
  }
}
