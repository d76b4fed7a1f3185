/**
 * The events, which no declaration lists. tools/generate-reference.mjs checks that the sources emit these and no
 * others.
 */

/** [event, arguments, when] */
export const CLIENT_EVENTS = [
  ['connect', '–', 'The socket is open (TLS included); the handshake follows.'],
  ['ready', '–', 'The handshake is done: commands are sent.'],
  ['resp-fallback', 'error', 'The server does not know RESP3: this connection speaks RESP2. Before `ready`.'],
  ['error', 'error', 'An attempt to connect failed, the connection was lost, a listener of pub/sub threw. The client goes on by itself. Without a listener it is an uncaught exception.'],
  ['reconnecting', '–', 'A new attempt starts, after the delay of the strategy; the first one after a loss does not wait.'],
  ['terminated', 'error', 'The strategy gave up: the client is closed. Before the last `error`.'],
  ['end', '–', '`close()`, `quit()` or `destroy()` is complete.'],
  ['ping-interval', 'reply', 'The answer to a PING of `pingInterval`.'],
  ['invalidate', 'key or null', 'With `emitInvalidate`: the server invalidated a key; null means all.'],
  ['sharded-channel-moved', 'channel, listeners', 'The slot of a sharded channel belongs to another node.'],
];

export const POOL_EVENTS = [
  ['error', 'error', 'A client of the pool emitted it.'],
];

/** Events of a client-side cache (`client.clientSideCache`). */
export const CACHE_EVENTS = [
  ['invalidate', 'key or null', 'The server invalidated a key; null means all.'],
  ['cached-key', 'cache key', 'A reply was stored.'],
  ['cache-evict', 'cache key', 'A reply was dropped because its time had come.'],
];
