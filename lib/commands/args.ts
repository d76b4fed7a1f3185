// Converts JavaScript values to command arguments, and defines argument lists that many commands share.
import type { CommandParser, RedisArgument, RedisVariadicArgument } from '../wire/command-parser';

/** An argument that the command also accepts as a number. */
export type NumericArgument = RedisArgument | number;

/** Encodes a score, weight or bound; infinities become `+inf` and `-inf`. */
export function doubleArgument(value: number): string {
  if (value === Infinity) return '+inf';
  if (value === -Infinity) return '-inf';
  return value.toString();
}

/** Encodes a bound, which may also be given in the server's notation (`'(1'`, `'-inf'`, `'[a'`). */
export function boundArgument(value: NumericArgument): RedisArgument {
  return typeof value === 'number' ? doubleArgument(value) : value;
}

/** Converts numbers to text; strings and Buffers stay as they are. */
export function textArgument(value: NumericArgument): RedisArgument {
  return typeof value === 'number' ? value.toString() : value;
}

/** Encodes a point in time as whole Unix seconds; Dates are rounded down. */
export function secondsArgument(at: number | Date): string {
  return (typeof at === 'number' ? at : Math.floor(at.getTime() / 1000)).toString();
}

/** Encodes a point in time as Unix milliseconds. */
export function millisecondsArgument(at: number | Date): string {
  return (typeof at === 'number' ? at : at.getTime()).toString();
}

/** Pushes `name value` if the value is given. */
export function pushOption(c: CommandParser, name: string, value: number | undefined): void {
  if (value !== undefined) c.push(name, value.toString());
}

/** Pushes `FIELDS n field …`, as commands on hash fields take it. */
export function pushFields(c: CommandParser, fields: RedisVariadicArgument): void {
  c.push('FIELDS');
  c.pushVariadicWithLength(fields);
}

/** No arguments. */
export const none = (_c: CommandParser): void => {};
export const oneKey = (c: CommandParser, key: RedisArgument): unknown => c.pushKey(key);
export const oneOrMoreKeys = (c: CommandParser, keys: RedisVariadicArgument): unknown => c.pushKeys(keys);
export const keyAndValue = (c: CommandParser, key: RedisArgument, value: RedisArgument): void => {
  c.pushKey(key);
  c.push(value);
};
export const keyAndMember = (c: CommandParser, key: RedisArgument, member: RedisArgument): void => {
  c.pushKey(key);
  c.push(member);
};
export const keyAndMembers = (c: CommandParser, key: RedisArgument, members: RedisVariadicArgument): void => {
  c.pushKey(key);
  c.pushVariadic(members);
};
export const keyAndField = (c: CommandParser, key: RedisArgument, field: RedisArgument): void => {
  c.pushKey(key);
  c.push(field);
};
export const keyAndFields = (c: CommandParser, key: RedisArgument, fields: RedisVariadicArgument): void => {
  c.pushKey(key);
  c.pushVariadic(fields);
};
export const keyAndCount = (c: CommandParser, key: RedisArgument, count: number): void => {
  c.pushKey(key);
  c.push(count.toString());
};
export const keyAndRange = (c: CommandParser, key: RedisArgument, start: number, end: number): void => {
  c.pushKey(key);
  c.push(start.toString(), end.toString());
};
export const twoKeys = (c: CommandParser, source: RedisArgument, destination: RedisArgument): void => {
  c.pushKey(source);
  c.pushKey(destination);
};
export const destinationAndKeys = (c: CommandParser, destination: RedisArgument, keys: RedisVariadicArgument): void => {
  c.pushKey(destination);
  c.pushKeys(keys);
};
