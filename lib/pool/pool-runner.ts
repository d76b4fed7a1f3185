/** Runs the commands of a pool over its clients. */
import type { CommandOptions } from '../client/options/command-options';
import { takeEncoded } from '../client/encoding/encoded-command';
import type { CommandRunner } from '../client/run/runner';
import { runEncoded } from '../client/run/script-execution';
import { ClientClosedError, refusedCommand } from '../errors';
import type { Command } from '../wire/command';
import type { RedisArgument } from '../wire/command-parser';
import type { CommandEncoder } from '../wire/encoder';
import { engine } from '../wire/engine';
import type { EncodedCommand } from '../wire/link-types';
import type { Lending } from './lending';
import { withOptions, type PooledClient } from './pooled-client';
import { nameNeedsOwnConnection, needsOwnConnection } from './session-state';

export class PoolRunner implements CommandRunner {
  readonly #lending: Lending;

  constructor(lending: Lending) {
    this.#lending = lending;
  }

  begin(keyPrefix?: RedisArgument): CommandEncoder {
    return engine().begin(keyPrefix);
  }

  /** Runs the command in the encoder on a shared client. */
  run(encoder: CommandEncoder, command: Command, options: CommandOptions): Promise<unknown> {
    const lending = this.#lending;
    if (!lending.isSharing) return this.runExclusive(encoder, command, options);
    return lending.runShared(encoder, command, options) ?? this.#encoded(encoder, command, (encoded) => this.runEncoded(encoded, options));
  }

  /** Runs the command in the encoder on a client of its own. */
  runExclusive(encoder: CommandEncoder, command: Command, options: CommandOptions): Promise<unknown> {
    const lending = this.#lending;
    if (!lending.isAccepting) return Promise.reject(refusedCommand(new ClientClosedError(), command.name));
    return this.#encoded(encoder, command,
      (encoded) => lending.lend((client) => runEncoded(withOptions(client, options), encoded), command.name));
  }

  /** Runs an encoded command on a shared client. */
  runEncoded(encoded: EncodedCommand, options: CommandOptions): Promise<unknown> {
    return this.#lending.share((client) => runEncoded(withOptions(client, options), encoded), encoded.name);
  }

  /** Runs a command given as words. */
  runWords(words: readonly RedisArgument[], command: Command | undefined, options: CommandOptions): Promise<unknown> {
    const send = (client: PooledClient): Promise<unknown> => client._sendWords(words, command, options);
    // The client refuses `words` that are not an array.
    const isList = Array.isArray(words);
    const isOwn = isList && needsOwnConnection(words);
    return this.#lending[isOwn ? 'lend' : 'share'](send, isList ? String(words[0]) : undefined);
  }

  /** Runs the commands of a builder; on a client of its own if one of them requires that, such as SELECT. */
  runBuilder(
    commands: readonly EncodedCommand[], inTransaction: boolean, options: CommandOptions,
    run: (client: PooledClient) => Promise<unknown[]>,
  ): Promise<unknown[]> {
    const send = (client: PooledClient): Promise<unknown[]> => run(withOptions(client, options));
    const isOwn = commands.some(({ name }) => nameNeedsOwnConnection(name, inTransaction));
    return isOwn ? this.#lending.lend(send) : this.#lending.share(send);
  }

  #encoded(
    encoder: CommandEncoder, command: Command, send: (encoded: EncodedCommand) => Promise<unknown>,
  ): Promise<unknown> {
    try {
      return send(takeEncoded(encoder, command));
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }
}
