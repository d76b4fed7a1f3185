import type { RedisArgument, RedisVariadicArgument } from '../wire/command-parser';
import type {
  ArrayReply, BlobStringReply, DoubleReply, NullReply, NumberReply, SetReply, SimpleStringReply, TuplesToMapReply, TypeMapping,
} from '../wire/resp-types';
import { none } from './args';
import { command } from './command';
import { isMissing, listOf, rowOf } from './containers';
import * as reply from './replies';

type Entry<NAME extends string, VALUE> = reply.Entry<NAME, VALUE>;
type Patterns = ArrayReply<BlobStringReply> | BlobStringReply;

type AclUser = TuplesToMapReply<[
  Entry<'flags', SetReply<BlobStringReply>>, Entry<'passwords', ArrayReply<BlobStringReply>>, Entry<'commands', BlobStringReply>,
  Entry<'keys', Patterns>, Entry<'channels', Patterns>,
  Entry<'selectors', ArrayReply<TuplesToMapReply<[
    Entry<'commands', BlobStringReply>, Entry<'keys', BlobStringReply>, Entry<'channels', BlobStringReply>,
  ]>>>,
]>;

/** A user as described to RESP2 clients. */
type AclUserObject = {
  flags: SetReply<BlobStringReply>; passwords: ArrayReply<BlobStringReply>; commands: BlobStringReply; keys: Patterns; channels: Patterns;
  selectors: { commands: BlobStringReply; keys: BlobStringReply; channels: BlobStringReply }[];
};

function toUser(flat: unknown[] | null): unknown {
  const user = reply.mapOfPairs(flat as unknown[]) as { selectors?: unknown };
  if (isMissing(user)) return user;
  user.selectors = listOf(user.selectors as unknown[][], selector => reply.mapOfPairs(selector));
  return user;
}

const user = {
  2: toUser as (flat: unknown[] | null) => AclUserObject | NullReply,
  3: reply.asIs<AclUser | NullReply>(),
};

export type AclLogReply = ArrayReply<TuplesToMapReply<[
  Entry<'count', NumberReply>, Entry<'reason', BlobStringReply>, Entry<'context', BlobStringReply>, Entry<'object', BlobStringReply>,
  Entry<'username', BlobStringReply>, Entry<'age-seconds', DoubleReply>, Entry<'client-info', BlobStringReply>,
  Entry<'entry-id', NumberReply>, Entry<'timestamp-created', NumberReply>, Entry<'timestamp-last-updated', NumberReply>,
]>>;

/** A denied command or failed authentication as described to RESP2 clients. */
type AclLogEntry = {
  count: NumberReply; reason: BlobStringReply; context: BlobStringReply; object: BlobStringReply; username: BlobStringReply;
  'age-seconds': DoubleReply; 'client-info': BlobStringReply; 'entry-id': NumberReply; 'timestamp-created': NumberReply;
  'timestamp-last-updated': NumberReply;
};

const log = {
  2: (rows: unknown[][], _preserve?: unknown, typeMapping?: TypeMapping): AclLogEntry[] => listOf(rows, row => rowOf(row, flat => {
    const entry = reply.mapOfPairs(flat) as AclLogEntry;
    entry['age-seconds'] = reply.mappedDouble(entry['age-seconds'] as unknown as BlobStringReply, typeMapping);
    return entry;
  })),
  3: reply.asIs<AclLogReply>(),
};

export const acl = {
  /** Returns the categories of commands, or the commands of a category. */
  aclCat: command('ACL CAT', (c, categoryName?: RedisArgument) => {
    if (categoryName) c.push(categoryName);
  }, reply.blobs),
  /** Deletes users, closes their connections, and returns the number of deleted users. */
  aclDelUser: command('ACL DELUSER', (c, username: RedisVariadicArgument) => c.pushVariadic(username), reply.number),
  /** Checks whether a user may run a command, without running it. Returns `'OK'`, or the reason why not. */
  aclDryRun: command('ACL DRYRUN', (c, username: RedisArgument, command: RedisArgument[]) => {
    c.push(username, ...command);
  }, reply.asIs<SimpleStringReply<'OK'> | BlobStringReply>()),
  /** Returns a random password with this many bits (256 by default), as hexadecimal digits. */
  aclGenPass: command('ACL GENPASS', (c, bits?: number) => {
    if (bits) c.push(bits.toString());
  }, reply.blob),
  /** Returns the flags, passwords and permissions of a user, null if there is no such user. */
  aclGetUser: command('ACL GETUSER', (c, username: RedisArgument) => c.push(username), user),
  /** Returns the rules of all users in the form of the ACL file, one string for each user. */
  aclList: command('ACL LIST', none, reply.blobs),
  /** Loads the users from the ACL file. */
  aclLoad: command('ACL LOAD', none, reply.ok),
  /** Returns denied commands and failed authentications, newest first. */
  aclLog: command('ACL LOG', (c, count?: number | null) => {
    if (count !== undefined && count !== null) c.push(count.toString());
  }, log),
  /** Clears the log of denied commands and failed authentications. */
  aclLogReset: command('ACL LOG RESET', none, reply.ok),
  /** Saves the users to the ACL file. */
  aclSave: command('ACL SAVE', none, reply.ok),
  /** Creates a user, or changes the rules of an existing one. */
  aclSetUser: command('ACL SETUSER', (c, username: RedisArgument, rule: RedisVariadicArgument) => {
    c.push(username);
    c.pushVariadic(rule);
  }, reply.ok),
  /** Returns the names of all users. */
  aclUsers: command('ACL USERS', none, reply.blobs),
  /** Returns the user name of this connection. */
  aclWhoAmI: command('ACL WHOAMI', none, reply.blob),
};
