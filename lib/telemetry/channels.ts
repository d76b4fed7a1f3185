/**
 * The diagnostics channels of npm `redis`: their names, and the types of what is published to them. This release
 * publishes nothing.
 */

/** Names of diagnostics channels (`node:diagnostics_channel`); the first three are tracing channels. */
export const CHANNELS = {
  TRACE_COMMAND: 'node-redis:command',
  TRACE_BATCH: 'node-redis:batch',
  TRACE_CONNECT: 'node-redis:connect',
  CONNECTION_READY: 'node-redis:connection:ready',
  CONNECTION_CLOSED: 'node-redis:connection:closed',
  CONNECTION_RELAXED_TIMEOUT: 'node-redis:connection:relaxed-timeout',
  CONNECTION_HANDOFF: 'node-redis:connection:handoff',
  ERROR: 'node-redis:error',
  MAINTENANCE: 'node-redis:maintenance',
  PUBSUB: 'node-redis:pubsub',
  CACHE_REQUEST: 'node-redis:cache:request',
  CACHE_EVICTION: 'node-redis:cache:eviction',
  COMMAND_REPLY: 'node-redis:command:reply',
  POOL_CONNECTION_WAIT: 'node-redis:pool:connection-wait',
} as const;

/** The server that a client is connected to. */
export interface ConnectTraceContext {
  serverAddress: string;
  /** `undefined` for a UNIX socket. */
  serverPort: number | undefined;
  clientId: string;
}

/** A command. */
export interface CommandTraceContext extends ConnectTraceContext {
  command: string;
  /** The words of the command, in which values are replaced by `?`. */
  args: readonly string[];
  database: number;
}

/** A command in a pipeline or transaction. */
export interface BatchCommandTraceContext extends CommandTraceContext {
  batchMode: 'MULTI' | 'PIPELINE';
  batchSize: number;
}

/** A pipeline or transaction. */
export interface BatchOperationContext extends ConnectTraceContext {
  batchMode: 'MULTI' | 'PIPELINE';
  batchSize: number;
  database: number;
}

export interface ConnectionReadyEvent {
  clientId: string;
  serverAddress: string | undefined;
  serverPort: number | undefined;
  createTimeMs: number;
}

export interface ConnectionClosedEvent {
  clientId: string;
  reason: string;
  wasConnected: boolean;
}

export interface ConnectionRelaxedTimeoutEvent {
  clientId: string;
  /** 1 when timeouts are relaxed, -1 when they return to normal. */
  value: number;
}

export interface ConnectionHandoffEvent {
  clientId: string;
}

export interface ClientErrorEvent {
  error: Error;
  origin: string;
  internal: boolean;
  clientId?: string;
  retryCount?: number;
}

export interface MaintenanceNotificationEvent {
  notification: string;
  clientId?: string;
}

export interface PubSubMessageEvent {
  direction: 'in' | 'out';
  clientId: string;
  channel?: unknown;
  sharded?: boolean;
}

export interface CacheRequestEvent {
  result: string;
  clientId?: string;
}

export interface CacheEvictionEvent {
  reason: string;
  count: number;
  clientId?: string;
}

export interface CommandReplyEvent {
  args: readonly unknown[];
  reply: unknown;
  clientId: string;
}

export interface PoolConnectionWaitEvent {
  clientId: string;
  waitStartTimestamp: number;
}

/** The type published to each channel that is not a tracing channel. */
export interface ChannelEvents {
  [CHANNELS.CONNECTION_READY]: ConnectionReadyEvent;
  [CHANNELS.CONNECTION_CLOSED]: ConnectionClosedEvent;
  [CHANNELS.CONNECTION_RELAXED_TIMEOUT]: ConnectionRelaxedTimeoutEvent;
  [CHANNELS.CONNECTION_HANDOFF]: ConnectionHandoffEvent;
  [CHANNELS.ERROR]: ClientErrorEvent;
  [CHANNELS.MAINTENANCE]: MaintenanceNotificationEvent;
  [CHANNELS.PUBSUB]: PubSubMessageEvent;
  [CHANNELS.CACHE_REQUEST]: CacheRequestEvent;
  [CHANNELS.CACHE_EVICTION]: CacheEvictionEvent;
  [CHANNELS.COMMAND_REPLY]: CommandReplyEvent;
  [CHANNELS.POOL_CONNECTION_WAIT]: PoolConnectionWaitEvent;
}
