/** What a client asks of its cache: the part that is the same for caches of users and for those of the library. */
import type { CachingClient, ClientSideCacheProvider } from '../../cache';
import type { Link, LinkRequests } from '../../wire/client-link';
import type { Command } from '../../wire/command';
import type { RedisArgument } from '../../wire/command-parser';
import type { CommandEncoder } from '../../wire/encoder';
import type { EncodedCommand } from '../../wire/link-types';
import type { CommandOptions } from '../options/command-options';

/** Who runs commands through a cache. */
export interface CachingRunner {
  /** What a provider is told of the client. */
  readonly client: CachingClient;
  /** The options that the client was made with: a provider keeps replies under their type mapping. */
  readonly commandOptions: CommandOptions;
  /** The database of commands that are sent now; `undefined` while it is being changed. */
  readonly database: number | undefined;
  readonly link: Link;
  readonly requests: LinkRequests;
  /** Sends a command that was encoded earlier. @throws Error when it may not be accepted */
  runEncoded(command: EncodedCommand, options: CommandOptions): Promise<unknown>;
  /** Sends commands that travel together. @throws Error when they may not be accepted */
  runChain(commands: readonly EncodedCommand[], options: CommandOptions): Promise<unknown>[];
}

/** Runs commands through a cache. */
export interface CachedExecution {
  /** What `client.clientSideCache` is. */
  readonly provider: ClientSideCacheProvider;
  /** The number of the cache in the engine; `undefined` for one in JavaScript. */
  readonly engineCache: number | undefined;
  /** The reply from the cache or a load through it; undefined when the command is not for the cache, and is sent as always. */
  run(runner: CachingRunner, encoder: CommandEncoder, command: Command, options: CommandOptions): Promise<unknown> | undefined;
  /** Sends a raw command, which may have effects on the cache. @param isSelecting the client changes its database itself with it */
  sendWords(
    runner: CachingRunner, encoder: CommandEncoder, words: readonly RedisArgument[], command: Command | undefined,
    options: CommandOptions, isSelecting: boolean,
  ): Promise<unknown>;
  /** Commands that were encoded earlier are on their way. @param isSelecting as above */
  sentChain(
    runner: CachingRunner, commands: readonly EncodedCommand[], replies: readonly Promise<unknown>[], isSelecting: boolean,
  ): void;
  /** An invalidation push: keys, or null for all. */
  invalidated(keys: readonly Buffer[] | null): void;
  /** What was read before is not tracked any more: the connection was reset, or speaks RESP2. */
  untracked(): void;
  /** There is a new connection. */
  connected(): void;
  /** Listeners of the cache have something to hear. */
  news(): void;
  /** The connection was lost, or could not be had back. */
  lost(): void;
  /** The client was closed or destroyed. */
  closed(): void;
}
