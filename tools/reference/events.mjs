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
  ['maintenance', 'notice', 'The server announced maintenance, or its end: `{kind, sequenceId, address, seconds, shards, moves, isRepeated}`; see [maintenance](maintenance.md).'],
];

export const POOL_EVENTS = [
  ['error', 'error', 'A client of the pool emitted this `error`.'],
  ['maintenance', 'notice', 'The server announced maintenance to a client of the pool.'],
];

export const CLUSTER_EVENTS = [
  ['connect', '–', 'The layout of the cluster is known, and commands are accepted.'],
  ['disconnect', '–', '`close()`, `quit()` or `destroy()` is complete.'],
  ['error', 'error', '`connect()` failed (one event for each root node), the root nodes were asked again in vain, or a pub/sub listener threw. What happens to single nodes is a `node-error`.'],
  ['node-connect', '`{host, port}`', 'The socket to a node is open; the handshake follows.'],
  ['node-ready', '`{host, port}`', 'A node can be used.'],
  ['node-reconnecting', '`{host, port}`', 'A new attempt to connect to a node starts.'],
  ['node-error', 'error, `{host, port}`', 'An attempt to connect to a node failed, or its connection was lost. The cluster goes on by itself.'],
  ['node-disconnect', '`{host, port}`', 'The connection to a node was closed, as the cluster closes or the node has left it.'],
  ['maintenance', 'notice, `{host, port}`', 'A node announced maintenance, or its end.'],
  ['sharded-channel-moved-error', 'error, channel, listeners', 'The server refused the subscription to a sharded channel whose slot had moved; its listeners are dropped.'],
];

/** Events of a client-side cache (`client.clientSideCache`). */
export const CACHE_EVENTS = [
  ['invalidate', 'key or null', 'The server invalidated a key; null means all.'],
  ['cached-key', 'cache key', 'A reply was stored.'],
  ['cache-evict', 'cache key', 'A reply was dropped because its time to live was over.'],
];
