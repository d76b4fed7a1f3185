/** Where replies differ from npm `redis` 6.3.1 on purpose. The one list: docs/migrating.md says the same for users. */
import type { ServerVersion } from '../support/server-program';

/** The type mappings of the comparisons. */
export type MappingName =
  | 'no mapping' | 'maps as Map' | 'maps as Array' | 'blobs as Buffer' | 'doubles as String' | 'numbers as String' | 'sets as Set'
  | 'texts as objects';

export interface AcceptedDifference {
  /** Methods, or the labels of a sequence. */
  readonly methods: readonly string[];
  /** What the page calls them, if they are labels. */
  readonly told?: readonly string[];
  /** What npm `redis` does and what oxredis does instead. */
  readonly reason: string;
  readonly protocols?: readonly (2 | 3)[];
  readonly mappings?: readonly MappingName[];
  /** Servers on which it shows; all if absent. */
  readonly servers?: readonly ServerVersion[];
  /** Only in calls that are told like this. */
  readonly where?: RegExp;
  /** Only if what npm `redis` gives has this in it. */
  readonly theirs?: RegExp;
}

export const ACCEPTED: readonly AcceptedDifference[] = [
  {
    methods: ['zScan'], mappings: ['doubles as String'],
    reason: 'scores are strings under this mapping, as declared; npm redis gives numbers',
  },
  {
    methods: ['role'], mappings: ['blobs as Buffer'], theirs: /undefined/,
    reason: 'the role is given; npm redis gives undefined, because a Buffer is not equal to "master"',
  },
  {
    methods: ['zRankWithScore', 'zRevRankWithScore'], protocols: [2], mappings: ['doubles as String'], servers: ['redis-8', 'valkey-9'],
    reason: 'the mapping holds in RESP2 too; npm redis heeds it in RESP3 only',
  },
  {
    methods: ['zRankWithScore', 'zRevRankWithScore'], protocols: [2], servers: ['redis-8', 'valkey-9'], theirs: /NaN/,
    reason: 'an infinite score is Infinity; npm redis gives NaN',
  },
  {
    methods: ['xInfoStream'], protocols: [2], mappings: ['blobs as Buffer'],
    reason: 'first-entry and last-entry are messages; npm redis leaves them as they were sent, because a Buffer is not equal to their names',
  },
  {
    methods: ['command', 'commandInfo'], mappings: ['blobs as Buffer', 'texts as objects'],
    reason: 'names, flags, categories, tips and key specifications are text under every mapping; npm redis does not find or rejects them',
  },
  {
    methods: ['command', 'commandInfo'], protocols: [3], mappings: ['maps as Map', 'maps as Array'],
    reason: 'key specifications are read from every container; npm redis finds no field in one that is no object',
  },
  {
    methods: ['command', 'commandInfo'], protocols: [3], mappings: ['sets as Set'], theirs: /TypeError/,
    reason: 'sets are read whatever they are mapped to; npm redis rejects the reply',
  },
  {
    methods: ['vAdd', 'vRem', 'vSetAttr'], protocols: [2], mappings: ['numbers as String'], servers: ['redis-8'], theirs: /false/,
    reason: 'booleans are those of the reply whatever numbers are mapped to; npm redis always gives false',
  },
  {
    methods: ['vEmb', 'vEmbRaw', 'vInfo', 'vLinksWithScores', 'xReadGroup'], theirs: /TypeError/,
    reason: 'null in place of a list is given; npm redis rejects the reply with a TypeError',
  },
  {
    methods: ['moduleList'], protocols: [3], mappings: ['maps as Map', 'maps as Array'], servers: ['redis-8', 'valkey-9'],
    reason: 'a module is the container that the mapping asks for, as declared; npm redis gives a plain object',
  },
  {
    methods: ['aclGetUser'], protocols: [2], servers: ['valkey-9'], theirs: /TypeError|'selectors', \{ Buffer/,
    reason: 'what Valkey 9 adds to the description of a user is given; npm redis rejects the reply, or gives bytes for the selectors',
  },
  {
    methods: ['multi', 'failing', 'typed', 'raw', 'unwatched'], mappings: [
      'maps as Map', 'maps as Array', 'blobs as Buffer', 'doubles as String', 'numbers as String', 'sets as Set', 'texts as objects',
    ],
    told: ['multi().exec()'],
    reason: 'a transaction obeys the type mapping; npm redis obeys it in pipelines only',
  },
  {
    methods: ['hello'], where: /^hello\(([23]|\[)|^names/,
    reason: 'a reply in the protocol that HELLO has just switched to is understood; npm redis reads it by the protocol of the connection',
  },
];

/** The difference that is accepted for a method under these circumstances: `about` tells the call, `theirs` what npm `redis` gives. */
export function acceptedDifference(
  method: string, protocol: 2 | 3, mapping: MappingName, { about = '', theirs }: { about?: string; theirs: string },
): AcceptedDifference | undefined {
  return ACCEPTED.find((one) => one.methods.includes(method)
    && (one.protocols?.includes(protocol) ?? true) && (one.mappings?.includes(mapping) ?? true)
    && (one.where?.test(about) ?? true) && (one.theirs?.test(theirs) ?? true));
}
