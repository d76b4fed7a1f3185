/** Where clients get their links from: the engine, or a double in tests. */
import { Link, type LinkHandlers } from '../wire/link';

export type LinkSource = (handlers: LinkHandlers) => Link;

const fromEngine: LinkSource = (handlers) => new Link(handlers);
let source = fromEngine;

/** A new link that is not open. */
export function createLink(handlers: LinkHandlers): Link {
  return source(handlers);
}

/** Puts another source in place, for tests; without one the engine serves again. */
export function setLinkSource(other: LinkSource = fromEngine): void {
  source = other;
}
