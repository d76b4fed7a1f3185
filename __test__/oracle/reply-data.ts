/** Data that fit the examples of fixtures/commands.json: which key holds what. */

/** Seconds since the epoch, in 2030: the examples use it too. */
const LATER = '1893456000';

/** What each key holds. A command that the server does not know is left out. */
export const FITTING: readonly (readonly string[])[] = [
  ['MSET', 'a', 'ohmytext', 'b', 'mynewtext', 'note', 'first', 'count', '5', 'm1', 'abc', 'm2', 'xyz!'],
  ['SET', 'color', 'red'], ['EXPIREAT', 'color', LATER],
  ['SET', 'flags', 'foobar'],
  ['HSET', 'h', 'f', '1', 'g', '2.5', 'name', 'Ada'], ['HEXPIREAT', 'h', LATER, 'FIELDS', '1', 'g'],
  ['RPUSH', 'l', 'x', 'y', 'pivot', 'x', 'z'], ['RPUSH', 'm', 'one'], ['RPUSH', 'nums', '3', '1', '2.5', '10'],
  ['MSET', 'w_x', '3', 'w_y', '1', 'w_z', '2', 'w_pivot', '0', 'o_x', 'X', 'o_y', 'Y'],
  ['RPUSH', 'jobs', 'j1', 'j2', 'j3'], ['RPUSH', 'done', 'd'], ['RPUSH', 'more', 'k'],
  ['SADD', 's', 'x', 'y', 'z'], ['SADD', 't', 'y', 'z', 'q'],
  ['ZADD', 'z', '1', 'm', '2.5', 'n', '3', 'a', '-inf', 'low', '+inf', 'high'], ['ZADD', 'y', '2', 'm', '0.1', 'n'],
  ['ZADD', 'scores', '1', 'm', '2.25', 'n'], ['ZADD', 's1', '1.5', 'p'], ['ZADD', 's2', 'inf', 'q', '3', 'r'],
  ['GEOADD', 'towns', '2.35', '48.85', 'paris', '13.4', '52.52', 'berlin'],
  ['PFADD', 'hll', 'a', 'b'], ['PFADD', 'hl2', 'b', 'c'],
  ['XADD', 'st', '1-0', 'f', 'v'], ['XADD', 'st', '2-0', 'f', 'w', 'g', 'x'], ['XADD', 'st', '3-0', 'f', 'y'], ['XADD', 'su', '1-0', 'f', 'v'],
  ['XGROUP', 'CREATE', 'st', 'grp', '0'], ['XGROUP', 'CREATE', 'su', 'grp', '0'],
  ['XREADGROUP', 'GROUP', 'grp', 'c1', 'COUNT', '2', 'STREAMS', 'st', '>'],
  ['VADD', 'vs', 'VALUES', '3', '1', '0.5', '-2', 'el', 'SETATTR', '{"kind":"a"}'],
  ['VADD', 'vs', 'VALUES', '3', '1', '2', '3', 'other'], ['VADD', 'vs', 'VALUES', '3', '-1', '0.25', '0', 'third'],
];

/** Keys that hold a string above; the wrong type for them is a list, for all others it is a string. */
export const STRINGS: ReadonlySet<string> = new Set(['a', 'b', 'color', 'count', 'flags', 'm1', 'm2', 'note', 'out', 'hll', 'hl2']);

/** A key that holds what its command cannot use. */
export function wrongType(key: string): readonly string[] {
  return STRINGS.has(key) ? ['RPUSH', key, 'wrong'] : ['SET', key, 'wrong'];
}

/** What belongs to the server as a whole: set before each call that may change it. */
export const SERVER_STATE: readonly (readonly string[])[] = [
  ['FUNCTION', 'FLUSH'],
  ['FUNCTION', 'LOAD', '#!lua name=mylib\nredis.register_function{function_name="fn", callback=function(keys, args) return {keys, args, 1.5, false} end, flags={"no-writes"}, description="gives its arguments"}'],
  ['SCRIPT', 'FLUSH'],
  ['SCRIPT', 'LOAD', 'return 7'],
  ['ACL', 'DELUSER', 'zoe', 'yan', 'limited'],
  ['ACL', 'SETUSER', 'zoe', 'on', '>pw', '~*', '&*', '+@all'],
  ['ACL', 'LOG', 'RESET'],
  ['CONFIG', 'RESETSTAT'],
  ['CONFIG', 'SET', 'maxmemory', '0', 'latency-monitor-threshold', '0', 'latency-tracking', 'yes'],
  ['LATENCY', 'RESET'],
];
