/** Parts of replies that are not the same twice, and what is left of them for a comparison. */

/** A rule for the volatile part of some replies. */
export interface Mask {
  readonly name: string;
  /** Why the part cannot be compared. */
  readonly reason: string;
  readonly methods: readonly string[];
  /** The described reply with the volatile part replaced; types and structure stay. */
  readonly apply: (described: unknown) => unknown;
}

type Leaf = (value: string | number) => unknown;

/** Replaces the numbers and texts of a described value, Buffers included; the names of fields and classes stay. */
function leaves(value: unknown, leaf: Leaf): unknown {
  if (typeof value === 'string' || typeof value === 'number') return leaf(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => leaves(item, leaf));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => {
    // An error's class is no text of the server; entries of objects keep their names.
    if (key === 'error') return [key, item];
    if (key === 'Object' || key === 'object without prototype') {
      return [key, (item as [string, unknown][]).map(([name, inner]) => [name, leaves(inner, leaf)])];
    }
    return [key, leaves(item, leaf)];
  }));
}

const digits: Leaf = (value) => (typeof value === 'number' ? { number: '#' } : value.replace(/[-+]?\d+(\.\d+)?(e[-+]?\d+)?/gi, '#'));
const anything: Leaf = (value) => (typeof value === 'number' ? { number: '#' } : '~');

const withoutDigits = (value: unknown): unknown => leaves(value, digits);
const structure = (value: unknown): unknown => leaves(value, anything);

/** `name:value` lines keep their names. */
const namesOfLines = (value: unknown): unknown =>
  leaves(value, (text) => (typeof text === 'number' ? { number: '#' } : text.replace(/:[^\r\n]*/g, ':~')));

/** Numbers from a thousand on; small ones and codes (-1, -2) stay. */
const bigNumbers: Leaf = (value) => {
  if (typeof value === 'number') return value >= 1000 ? { number: 'big' } : value;
  return value.replace(/^\d{4,}$/, 'big');
};

/** Ids of messages that the server makes from its clock. */
const messageIds: Leaf = (value) => (typeof value === 'number' ? value : value.replace(/\b\d{13}-\d+\b/g, 'id'));

/** The fields of the object at the top in the order of their names. */
function sortedFields(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedFields);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, key === 'Object'
    ? (item as [string, unknown][]).slice().sort(([a], [b]) => (a < b ? -1 : 1)) : sortedFields(item)]));
}

/** Lists in an order of their own: that of a table of keys is nobody's. */
function inAnyOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => JSON.stringify(inAnyOrder(item))).sort();
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inAnyOrder(item)]));
}

/** Only the last element of a list. */
function lowestLayer(value: unknown): unknown {
  if (typeof value === 'object' && value !== null && 'resolved' in value && Array.isArray(value.resolved)) {
    return { resolved: value.resolved.slice(-1).map(sortedFields) };
  }
  return value;
}

/** Of latency events those of commands, and of a history its first entry. */
function firstEvent(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('resolved' in value) || !Array.isArray(value.resolved)) return value;
  const rows = value.resolved as unknown[];
  const ofCommands = rows.filter((row) => /^(\["command"|\[\{"Buffer":"command"\})/.test(JSON.stringify(row)));
  return { resolved: (ofCommands.length > 0 ? ofCommands : rows).slice(0, 1) };
}

/** What a histogram is made of: the containers, and of what is in them the first. */
function firstOfEach(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 2).map(firstOfEach);
  if (typeof value === 'string') return '~';
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, Array.isArray(item) ? item.slice(0, 1).map(firstOfEach) : firstOfEach(item)]));
}

/** Only the first element of a list. */
function firstElement(value: unknown): unknown {
  if (typeof value === 'object' && value !== null && 'resolved' in value && Array.isArray(value.resolved)) {
    return { resolved: value.resolved.slice(0, 1) };
  }
  return value;
}

export const MASKS: readonly Mask[] = [
  { name: 'order of keys', reason: 'keys come as the server has them in its table', methods: ['scan', 'keys'], apply: inAnyOrder },
  { name: 'clock', reason: 'the time of the call', methods: ['time', 'lastSave'], apply: withoutDigits },
  {
    name: 'time to live', reason: 'it goes down while the calls are made', apply: (value) => leaves(value, bigNumbers),
    methods: ['ttl', 'pTTL', 'hTTL', 'hpTTL'],
  },
  {
    name: 'idle time', reason: 'ms since a message was delivered or a consumer or key was used', apply: withoutDigits,
    methods: ['xPendingRange', 'xInfoConsumers', 'objectIdleTime'],
  },
  {
    name: 'message id', reason: 'the server makes it from its clock', apply: (value) => leaves(value, messageIds),
    methods: ['xAdd', 'xAddNoMkStream', 'xInfoStream', 'xInfoGroups', 'xRange', 'xRead', 'xReadGroup'],
  },
  {
    name: 'random pick', reason: 'the server picks at random', apply: structure,
    methods: [
      'aclGenPass', 'randomKey', 'sRandMember', 'sRandMemberCount', 'sPop', 'sPopCount', 'hRandField', 'hRandFieldCount',
      'hRandFieldCountWithValues', 'zRandMember', 'zRandMemberCount', 'zRandMemberCountWithScores', 'vRandMember', 'LOLWUT',
    ],
  },
  {
    name: 'random graph', reason: 'the upper layers of a vector set\'s graph are drawn at random; the lowest has all neighbours',
    methods: ['vLinks', 'vLinksWithScores'], apply: (value) => structure(lowestLayer(value)),
  },
  { name: 'random layers', reason: 'their number is drawn at random, ids count up', methods: ['vInfo'], apply: structure },
  { name: 'figures', reason: 'memory, counters and times of the server', apply: withoutDigits, methods: [
    'memoryStats', 'memoryDoctor', 'latencyDoctor',
    'functionStats', 'memoryUsage', 'clientTrackingInfo',
  ] },
  {
    name: 'latency events', reason: 'a busy machine has more of them than the one that the sequence causes',
    methods: ['latencyLatest', 'latencyHistory'], apply: (value) => withoutDigits(firstEvent(value)),
  },
  { name: 'latency figures', reason: 'as for the events', methods: ['latencyGraph', 'latencyReset'], apply: structure },
  {
    name: 'histogram', reason: 'which commands ran and how long they took', methods: ['latencyHistogram'],
    apply: firstOfEach,
  },
  { name: 'report', reason: 'a report about memory and counters, with values of every kind', apply: namesOfLines, methods: ['info'] },
  {
    name: 'malloc report', reason: 'a table whose figures and whose lines change', methods: ['memoryMallocStats'],
    apply: (value) => leaves(value, (text) => (typeof text === 'number' ? text : text.slice(0, 3))),
  },
  {
    name: 'own connection', reason: 'its number, address, age and library name', methods: ['clientId', 'hello', 'aclLog'],
    apply: structure,
  },
  {
    name: 'own connection, parsed', methods: ['clientInfo'], apply: (value) => sortedFields(structure(value)),
    reason: 'the same; and its fields come in the order of the server, where npm redis has one of its own',
  },
  {
    name: 'connections', methods: ['clientList'], apply: (value) => sortedFields(structure(firstElement(value))),
    reason: 'the list of those that are open, which differ in number, address and age; the order of fields as above',
  },
  {
    name: 'node', reason: 'the name that a node of a cluster gives itself, its ports and times', apply: withoutHexadecimals,
    methods: ['clusterMyId', 'clusterMyShardId', 'clusterNodes', 'clusterSlots', 'clusterInfo', 'clusterReplicas', 'clusterLinks', 'clusterBumpEpoch'],
  },
];

function withoutHexadecimals(value: unknown): unknown {
  return leaves(value, (text) => (typeof text === 'number' ? { number: '#' } : text.replace(/\b[0-9a-f]{40}\b/g, 'name').replace(/\d+/g, '#')));
}

const byMethod = new Map(MASKS.flatMap((mask) => mask.methods.map((method) => [method, mask] as const)));

/** The described outcome of a method without what is volatile in it. Refusals by server or client are never masked. */
export function masked(method: string, outcome: unknown): unknown {
  const isReply = typeof outcome === 'object' && outcome !== null && 'resolved' in outcome;
  return isReply ? byMethod.get(method)?.apply(outcome) ?? outcome : outcome;
}
