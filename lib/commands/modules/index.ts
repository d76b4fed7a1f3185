/** The modules that every client has. */
import type { RedisModules } from '../../wire/command';
import type { CommandTable } from '../command';
import type { CmsUpperCase, FtUpperCase } from './aliases.generated';
import { cms } from './bloom/cms';
import { ft, type Ft } from './search';

type Cms = typeof cms;

// Interfaces: they keep the rows' documentation in declaration files.
/** Commands on count-min sketches, under both names. */
export interface CmsCommands extends Cms, CmsUpperCase {}
/** Commands on indexes and queries, under both names. */
export interface FtCommands extends Ft, FtUpperCase {}

/** The modules by namespace: `client.json.get()`. */
interface BundledModules {
  cms: CmsCommands;
  ft: FtCommands;
}

/** The modules that clients have without being told. An interface, so that applications can add their own. */
export interface RedisDefaultModules extends BundledModules {}

/** A module's commands under both names, as users of a table expect them. */
function underBothNames(table: CommandTable): Record<string, CommandTable[string]> {
  const commands: Record<string, CommandTable[string]> = {};
  for (const [name, command] of Object.entries(table)) {
    commands[name] = command;
    commands[command.upper] = command;
  }
  return commands;
}

/** The tables of the modules, under their camel-case names. */
export const MODULE_TABLES = { cms, ft } as unknown as Readonly<Record<string, CommandTable>>;

/** {@link RedisDefaultModules} as clients attach them. */
const DEFAULT_MODULES = Object.fromEntries(
  Object.entries(MODULE_TABLES).map(([namespace, table]) => [namespace, underBothNames(table)]),
) as unknown as RedisModules;

/** The tables made so far, by the caller's: clients with the same modules share a class. */
const extended = new WeakMap<RedisModules, RedisModules>();

/** The default modules and the caller's, which win. */
export function withDefaultModules(own: RedisModules | undefined): RedisModules {
  if (own === undefined || own === null || own === DEFAULT_MODULES) return DEFAULT_MODULES;
  let all = extended.get(own);
  if (all === undefined) {
    all = { ...DEFAULT_MODULES, ...own };
    extended.set(own, all);
    extended.set(all, all);
  }
  return all;
}
