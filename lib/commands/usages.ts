// For commands with arguments other than strings and numbers: what they take. Used in errors about wrong arguments.

const KEY_EXPIRY = 'a key, a time (number or Date), and optionally NX, XX, GT or LT';
const KEY_SECONDS = 'a key, a number, and optionally NX, XX, GT or LT';
const SCAN = 'a cursor as text, and optionally {MATCH?: string, COUNT?: number}';
const KEY_SCAN = `a key, ${SCAN}`;
const KEY_RANGE = 'a key and two numbers';
const KEY_BOUNDS = 'a key, two bounds (number or text), and optionally options';
const COORDINATES = '{longitude: number, latitude: number}';
const GEO_SEARCH = `a key, from (a member or ${COORDINATES}), by ({radius, unit} or {width, height, unit}), and optionally options`;
const FIELD_EXPIRY = 'a key, one field or a list of fields, a time, and optionally NX, XX, GT or LT';
const STREAMS = '{key, id} or a list of them, and optionally {COUNT?: number, BLOCK?: number}';
const SCORED = '{score: number, value: string | Buffer} or a list of them';
const PAIRS = 'an object, a list of pairs, or a flat list of keys and values';
const NUMBER_RANGES = '{start: number, end: number} or a list of them';

/** By command name, with the arguments in order. */
const USAGES: Readonly<Record<string, string>> = {
  'ACL DRYRUN': 'a user and a list of the words of a command',
  BITFIELD: 'a key and a list of {operation, encoding, offset, …}',
  BITFIELD_RO: 'a key and a list of {encoding, offset}',
  'CLIENT KILL': '{filter, …} or a list of them',
  'CLUSTER ADDSLOTSRANGE': NUMBER_RANGES,
  'CLUSTER DELSLOTSRANGE': NUMBER_RANGES,
  DECRBY: 'a key and a number',
  EVAL: 'a script, and optionally {keys?: [], arguments?: []}',
  EVALSHA: 'the hash of a script, and optionally {keys?: [], arguments?: []}',
  EXPIRE: KEY_SECONDS,
  EXPIREAT: KEY_EXPIRY,
  FCALL: 'a function, and optionally {keys?: [], arguments?: []}',
  GEOADD: `a key, {longitude: number, latitude: number, member} or a list of them, and optionally options`,
  GEORADIUS: `a key, ${COORDINATES}, a radius, a unit, and optionally options`,
  GEOSEARCH: GEO_SEARCH,
  GEOSEARCHSTORE: `a destination, ${GEO_SEARCH}`,
  GETEX: 'a key and {type: \'EX\' | \'PX\', value: number}, {type: \'EXAT\' | \'PXAT\', value: number | Date} or {type: \'PERSIST\'}',
  GETRANGE: KEY_RANGE,
  HEXPIRE: FIELD_EXPIRY,
  HEXPIREAT: FIELD_EXPIRY,
  HINCRBY: 'a key, a field and a number',
  HINCRBYFLOAT: 'a key, a field and a number',
  HPEXPIRE: FIELD_EXPIRY,
  HPEXPIREAT: FIELD_EXPIRY,
  HSCAN: KEY_SCAN,
  HSET: 'a key, then a field and a value, or an object, a Map, a list of pairs or a flat list of fields and values',
  HSETEX: 'a key, an object, a Map or a list of fields and values, and optionally options',
  INCRBY: 'a key and a number',
  INCRBYFLOAT: 'a key and a number',
  LINDEX: 'a key and a number',
  LRANGE: KEY_RANGE,
  LREM: 'a key, a number and an element',
  LSET: 'a key, a number and an element',
  LTRIM: KEY_RANGE,
  MSET: PAIRS,
  MSETEX: `${PAIRS}, and optionally options`,
  MSETNX: PAIRS,
  PEXPIRE: KEY_SECONDS,
  PEXPIREAT: KEY_EXPIRY,
  PSETEX: 'a key, milliseconds and a value',
  SCAN,
  SET: 'a key, a value (string, Buffer or number), and optionally {expiration?: {type, value}, condition?, GET?}',
  SETBIT: 'a key, an offset and 0 or 1',
  SETEX: 'a key, seconds and a value',
  SETRANGE: 'a key, an offset and a value',
  SSCAN: KEY_SCAN,
  XADD: 'a key, an id, an object of fields and values, and optionally options',
  XAUTOCLAIM: 'a key, a group, a consumer, a number, an id, and optionally {COUNT?: number}',
  XCLAIM: 'a key, a group, a consumer, a number, one id or a list of ids, and optionally options',
  XREAD: STREAMS,
  XREADGROUP: `a group, a consumer, ${STREAMS}`,
  XTRIM: 'a key, \'MAXLEN\' or \'MINID\', a threshold, and optionally options',
  ZADD: `a key, ${SCORED}, and optionally options`,
  ZCOUNT: KEY_BOUNDS,
  ZINCRBY: 'a key, a number and a member',
  ZRANGE: KEY_BOUNDS,
  ZRANGEBYSCORE: KEY_BOUNDS,
  ZREMRANGEBYRANK: KEY_RANGE,
  ZREMRANGEBYSCORE: KEY_BOUNDS,
  ZREVRANGE: KEY_RANGE,
  ZSCAN: KEY_SCAN,
};

/** Returns a description of a command's arguments; `undefined` if there is none. */
export function usageOf(name: string | undefined): string | undefined {
  return name !== undefined && Object.hasOwn(USAGES, name) ? USAGES[name] : undefined;
}
