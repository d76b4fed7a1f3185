/** How a client runs commands, whatever they are: over its link, through its cache, with an eye on what they change. */
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

/** Runs commands: a client's over its link, a pool's over its clients. */
export interface CommandRunner {
  /** The parser that the next command is written to. */
  begin(keyPrefix?: RedisArgument): CommandEncoder;
  /** Runs the command in the encoder. */
  run(encoder: CommandEncoder, command: Command, options: CommandOptions): Promise<unknown>;
  /** Runs a command that is given as words. @param command gives the reply transform */
  runWords(words: readonly RedisArgument[], command: Command | undefined, options: CommandOptions): Promise<unknown>;
  /** Runs a command that was encoded earlier. */
  runEncoded(command: EncodedCommand, options: CommandOptions): Promise<unknown>;
}

/** What commands are run for: a client or a proxy of one, which carries other command options. */
export interface CommandTarget {
  readonly _self: {
    readonly _runner: Runner;
    /** Put in front of keys. */
    readonly _keyPrefix: RedisArgument | undefined;
  };
  readonly _commandOptions: CommandOptions;
}

/** What a runner is made of. */
export interface RunnerParts {
  readonly client: CachingClient;
  /** The options that the client was made with. */
  readonly commandOptions: CommandOptions;
  /** `undefined` without a cache. */
  readonly cache: CachedExecution | undefined;
  /** What the user has changed on the connection. */
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

  /** Commands go over another link from now on. */
  use(link: Link): void {
    this.#earlierEpochs += this.link.epoch;
    this.link = link;
    this.requests = link.requests;
    if (this.#drained !== undefined) this.requests.onDrained(this.#drained);
  }

  /** Successful connections so far, over all links. */
  get epoch(): number {
    return this.#earlierEpochs + this.link.epoch;
  }

  /** Has a function called whenever nothing is queued or in flight on a link any more, before its last request settles. */
  onDrained(listener: () => void): void {
    this.#drained = listener;
    this.requests.onDrained(listener);
  }

  /** The parser that the next command is written to. */
  begin(keyPrefix?: RedisArgument): CommandEncoder {
    return this.requests.encoding.begin(keyPrefix);
  }

  /** Runs the command in the encoder. */
  run(encoder: CommandEncoder, command: Command, options: CommandOptions): Promise<unknown> {
    return this.cache?.run(this, encoder, command, options) ?? this.requests.submit(encoder, command, options);
  }

  /** The same for a command that changes something on the connection. */
  runChange(encoder: CommandEncoder, command: Command, options: CommandOptions): Promise<unknown> {
    const words = encoder.redisArgs;
    return this.state.watch(changeOf(words[0]), words, this.run(encoder, command, options));
  }

  /**
   * Runs a command that is given as words.
   *
   * @param command gives the reply transform
   * @param isSelecting the client changes its database itself with it
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

  /** Runs a command that was encoded earlier. @throws Error when it may not be accepted */
  runEncoded(command: EncodedCommand, options: CommandOptions): Promise<unknown> {
    const refusal = this.requests.refusal(command.length, options);
    if (refusal !== undefined) throw refusedCommand(refusal, command.name);
    return this.runChain([command], options)[0] as Promise<unknown>;
  }

  /**
   * Runs commands that travel together.
   *
   * @param isSelecting the client changes its database itself with them
   * @throws Error when they may not be accepted
   */
  runChain(commands: readonly EncodedCommand[], options: CommandOptions, isSelecting = false): Promise<unknown>[] {
    const replies = this.requests.submitChain(commands, options);
    this.cache?.sentChain(this, commands, replies, isSelecting);
    return this.state.watchChain(commands, replies);
  }
}
