/** Public names of telemetry. */
export { CHANNELS } from './channels';
export type {
  BatchCommandTraceContext, BatchOperationContext, CacheEvictionEvent, CacheRequestEvent, ChannelEvents, ClientErrorEvent,
  CommandReplyEvent, CommandTraceContext, ConnectionClosedEvent, ConnectionHandoffEvent, ConnectionReadyEvent,
  ConnectionRelaxedTimeoutEvent, ConnectTraceContext, MaintenanceNotificationEvent, PoolConnectionWaitEvent, PubSubMessageEvent,
} from './channels';
export { OpenTelemetry } from './open-telemetry';
