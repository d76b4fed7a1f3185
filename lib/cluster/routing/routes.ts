/** Finds the route of a command by its policies. */
import { hasSubcommands, metadataOf, opensCursor } from '../../commands/metadata';
import type { Command } from '../../wire/command';
import type { CommandIdentifier } from '../../wire/command-parser';
import type { CommandEncoder } from '../../wire/encoder';
import { FanOutRoute } from './fan-out';
import { CursorMakerRoute, NodeCursorRoute } from './node-cursors';
import type { Route } from './route';
import { ScanRoute } from './scan';
import { SplitRoute } from './split';

/** Routes are remembered for this many names; the number is limited because users can invent names. */
const MOST_KNOWN = 2000;
/** By the name that was passed, in its letter case. */
const known = new Map<string, Route | undefined>();

/** @param name in upper case */
function newRoute(name: string): Route | undefined {
  const metadata = metadataOf(name);
  const { requestPolicy, responsePolicy, keys: [first, last] } = metadata;
  switch (requestPolicy) {
    case 'multi_shard':
      // Keys that are not simply all further arguments cannot be told apart.
      return first > 0 && last === -1 ? new SplitRoute(name, metadata) : undefined;
    case 'all_nodes':
    case 'all_shards':
      return new FanOutRoute(name, metadata);
    case 'special':
      // A command with a key, such as CLUSTERSCAN, says itself where it goes.
      if (first > 0) return undefined;
      return responsePolicy === 'special' ? new ScanRoute(name) : new NodeCursorRoute(name);
    default:
      return opensCursor(name) ? new CursorMakerRoute(name) : undefined;
  }
}

/**
 * Returns the route of a command; `undefined` if it simply goes to the owner of its first key's slot, or without a key to any node.
 *
 * @param name with all its fixed words, such as `CONFIG SET`, in any letter case
 */
export function routeOf(name: string): Route | undefined {
  const found = known.get(name);
  if (found !== undefined || known.has(name)) return found;
  const route = newRoute(name.toUpperCase());
  if (known.size < MOST_KNOWN) known.set(name, route);
  return route;
}

/** Returns the route of a command by its first two words, in any letter case. */
export function routeOfWords(first: string, second: string | undefined): Route | undefined {
  const name = first.toUpperCase();
  return routeOf(second !== undefined && hasSubcommands(name) ? `${name} ${second.toUpperCase()}` : name);
}

/** Returns the route of the command in an encoder. Commands of users, scripts and words have no name: their words count. */
export function routeIn(encoder: CommandEncoder, command: Command | undefined): Route | undefined {
  const name = command?.name;
  if (name !== undefined) return routeOf(name);
  const { command: first, subcommand }: Partial<CommandIdentifier> = encoder.commandIdentifier;
  // Without a word that could be sent, there is an error to tell instead.
  return first === undefined ? undefined : routeOfWords(first, subcommand);
}
