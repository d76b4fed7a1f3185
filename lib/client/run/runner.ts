/** Runs the commands of a client: over its link, through its cache, and tracking their changes of the session. */
import type { CachingClient } from '../../cache';
import { refusedCommand } from '../../errors';
import type { Link, LinkRequests } from '../../wire/client-link';
import type { Command } from '../../wire/command';
import type { RedisArgument } from '../../wire/command-parser';
import type { CommandEncoder } from '../../wire/encoder';
import type { EncodedCommand } from '../../wire/link-types';
import type { CachedExecution, CachingRunner } from '../cache/cached-execution';
import type { CommandOptions } from '../options/command-options';
import { Change, changeOf, type ConnectionState } from '../connection/connection-state';
import { pushWords } from '../encoding/encoded-command';

/** Runs commands: those of a client over its link, those of a pool over its clients. */
export interface CommandRunner {
  /** Returns the encoder to write the next command to. */
  begin(keyPrefix?: RedisArgument): CommandEncoder;
  /** Runs the command in the encoder. */
  run(encoder: CommandEncoder, command: Command, options: CommandOptions): Promise<unknown>;
  /** Runs a command given as words. @param command has the reply transform */
  runWords(words: readonly RedisArgument[], command: Command | undefined, options: CommandOptions): Promise<unknown>;
  /** Runs an encoded command. */
  runEncoded(command: EncodedCommand, options: CommandOptions): Promise<unknown>;
}

/** The object that commands are called on: a client, or a proxy of one with other command options. */
export interface CommandTarget {
  readonly _self: {
    readonly _runner: Runner;
    /** Prefix of keys. */
    readonly _keyPrefix: RedisArgument | undefined;
  };
  readonly _commandOptions: CommandOptions;
}

/** The parts of a runner. */
export interface RunnerParts {
  readonly client: CachingClient;
  /** The command options that the client was created with. */
  readonly commandOptions: CommandOptions;
  /** The client-side cache, if the client has one. */
  readonly cache: CachedExecution | undefined;
  /** The session state that the user has set on the connection. */
  readonly state: ConnectionState;
  readonly link: Link;
}

export class Runner implements CommandRunner, CachingRunner {
  readonly client: CachingClient;
  readonly commandOptions: CommandOptions;
  readonly cache: CachedExecution | undefined;
  readonly state: ConnectionState;
  link: Link;
  requests: LinkRequests;
  database: number | undefined = 0;
  #earlierEpochs = 0;
  #drained: (() => void) | undefined = undefined;

  constructor({ client, commandOptions, cache, state, link }: RunnerParts) {
    this.client = client;
    this.commandOptions = commandOptions;
    this.cache = cache;
    this.state = state;
    this.link = link;
    this.requests = link.requests;
  }

  /** Switches to another link. */
  use(link: Link): void {
    this.#earlierEpochs += this.link.epoch;
    this.link = link;
    this.requests = link.requests;
    if (this.#drained !== undefined) this.requests.onDrained(this.#drained);
  }

  /** Number of connections established so far, over all links. */
  get epoch(): number {
    return this.#earlierEpochs + this.link.epoch;
  }

  /** Sets a function to call whenever nothing is queued or in flight on a link any more, before its last request settles. */
  onDrained(listener: () => void): void {
    this.#drained = listener;
    this.requests.onDrained(listener);
  }

  /** Returns the encoder to write the next command to. */
  begin(keyPrefix?: RedisArgument): CommandEncoder {
    return this.requests.encoding.begin(keyPrefix);
  }

  /** Runs the command in the encoder. */
  run(encoder: CommandEncoder, command: Command, options: CommandOptions): Promise<unknown> {
    return this.cache?.run(this, encoder, command, options) ?? this.requests.submit(encoder, command, options);
  }

  /** Like {@link run}, for a command that changes the session. */
  runChange(encoder: CommandEncoder, command: Command, options: CommandOptions): Promise<unknown> {
    const words = encoder.redisArgs;
    return this.state.watch(changeOf(words[0]), words, this.run(encoder, command, options));
  }

  /**
   * Runs a command given as words.
   *
   * @param command has the reply transform
   * @param isSelecting whether the client itself changes its database with it
   */
  runWords(
    words: readonly RedisArgument[], command: Command | undefined, options: CommandOptions, isSelecting = false,
  ): Promise<unknown> {
    const encoder = this.begin();
    try {
      pushWords(encoder, words);
    } catch (error) {
      return Promise.reject(error as Error);
    }
    const reply = this.cache !== undefined
      ? this.cache.sendWords(this, encoder, words, command, options, isSelecting)
      : this.requests.submit(encoder, command, options, words[0]?.toString());
    const change = changeOf(words[0]);
    return change === Change.None ? reply : this.state.watch(change, words, reply);
  }

  /** Runs an encoded command. @throws Error if it is refused */
  runEncoded(command: EncodedCommand, options: CommandOptions): Promise<unknown> {
    const refusal = this.requests.refusal(command.length, options);
    if (refusal !== undefined) throw refusedCommand(refusal, command.name);
    return this.runChain([command], options)[0] as Promise<unknown>;
  }

  /**
   * Runs commands as one chain.
   *
   * @param isSelecting whether the client itself changes its database with them
   * @throws Error if they are refused
   */
  runChain(commands: readonly EncodedCommand[], options: CommandOptions, isSelecting = false): Promise<unknown>[] {
    const replies = this.requests.submitChain(commands, options);
    this.cache?.sentChain(this, commands, replies, isSelecting);
    return this.state.watchChain(commands, replies);
  }
}
