/**
 * The descriptions of events for docs/events.md. tools/generate-reference.mjs checks that the sources emit exactly
 * these.
 */

/** [event, arguments, when] */
export const CLIENT_EVENTS = [
  ['connect', '–', 'The socket is open (TLS included); the handshake follows.'],
  ['ready', '–', 'The handshake is done: commands are now sent.'],
  ['resp-fallback', 'error', 'The server does not support RESP3, so this connection speaks RESP2. Emitted before `ready`.'],
  ['error', 'error', 'An attempt to connect failed, the connection was lost, or a pub/sub listener threw. The client goes on by itself. Without an `error` listener, the error becomes an uncaught exception.'],
  ['reconnecting', '–', 'A new attempt to connect starts, after the delay of the strategy; the first one after a loss starts at once.'],
  ['terminated', 'error', 'The reconnect strategy gave up and the client is closed. Emitted before the last `error`.'],
  ['end', '–', '`close()`, `quit()` or `destroy()` is complete.'],
  ['ping-interval', 'reply', 'The server answered a PING of `pingInterval`.'],
  ['invalidate', 'key or null', 'With `emitInvalidate`: the server invalidated a key; null means all.'],
  ['sharded-channel-moved', 'channel, listeners', 'The slot of a sharded channel moved to another node.'],
];

export const POOL_EVENTS = [
  ['error', 'error', 'A client of the pool emitted this `error`.'],
];

/** Events of a client-side cache (`client.clientSideCache`). */
export const CACHE_EVENTS = [
  ['invalidate', 'key or null', 'The server invalidated a key; null means all.'],
  ['cached-key', 'cache key', 'A reply was stored.'],
  ['cache-evict', 'cache key', 'A reply was dropped because its time to live was over.'],
];
