/** How a command is distributed over the nodes of a cluster. */
import type { CommandOptions } from '../../client/options/command-options';
import type { Command } from '../../wire/command';
import type { CommandEncoder } from '../../wire/encoder';
import type { ClusterExecutor } from './executor';

/** The way of commands that need more than the owner of their first key's slot. */
export interface Route {
  /** Runs the command in the encoder. Never throws. @param command has the reply transform; `undefined` for words */
  run(executor: ClusterExecutor, encoder: CommandEncoder, command: Command | undefined, options: CommandOptions): Promise<unknown>;
}
