/** JSON documents (RedisJSON). */
import type { CommandParser, RedisArgument } from '../../../wire/command-parser';
import { command } from '../../command';
import * as reply from '../../replies';
import {
  jsonArgument, keyAndOptionalPath, keyAndPathIfAny, pushArrIndex, pushArrPop, pushGet, pushJson, pushMSet, pushPlace, pushSet,
  type JsonPathOptions, type JsonReviver, type RedisJSON,
} from './json-args';
import {
  calculated, namesOrNull, numberOrNumbers, numberOrNumbersOrNull, okOrNull, sizeOrSizes, toggled, typeNames, value, valueOrValues, values,
} from './json-replies';

const keyAndPath = (c: CommandParser, key: RedisArgument, path: RedisArgument): void => pushPlace(c, key, path);
const keyPathAndNumber = (c: CommandParser, key: RedisArgument, path: RedisArgument, by: number): void => pushPlace(c, key, path, by);

/**
 * JSON documents: https://redis.io/docs/latest/develop/data-types/json/. Values are written by `JSON.stringify` and read by
 * `JSON.parse`. Replies are lists, one element for each match, where the path starts with `$`.
 */
export const json = {
  /** Appends values to an array. Returns its new length, null where there is no array. https://redis.io/commands/json.arrappend/ */
  arrAppend: command('JSON.ARRAPPEND', (c, key: RedisArgument, path: RedisArgument, json: RedisJSON, ...jsons: RedisJSON[]) => {
    pushPlace(c, key, path);
    pushJson(c, json, ...jsons);
  }, numberOrNumbers),
  /**
   * Returns the index of a value in an array, of the range if given; -1 without it, null where there is no array.
   * https://redis.io/commands/json.arrindex/
   */
  arrIndex: command('JSON.ARRINDEX', pushArrIndex, numberOrNumbers),
  /**
   * Inserts values before an index of an array; a negative one counts from the end. Returns the new length, null where there is no
   * array. https://redis.io/commands/json.arrinsert/
   */
  arrInsert: command('JSON.ARRINSERT', (
    c, key: RedisArgument, path: RedisArgument, index: number, json: RedisJSON, ...jsons: RedisJSON[]
  ) => {
    pushPlace(c, key, path, index);
    pushJson(c, json, ...jsons);
  }, numberOrNumbers),
  /** Returns the length of an array, null where there is none. https://redis.io/commands/json.arrlen/ */
  arrLen: command('JSON.ARRLEN', keyAndOptionalPath, numberOrNumbersOrNull),
  /**
   * Removes an element of an array, the last one unless there is an index, and returns it; null where there is none. An index counts
   * with a path only. https://redis.io/commands/json.arrpop/
   */
  arrPop: command('JSON.ARRPOP', pushArrPop, valueOrValues),
  /**
   * Keeps the elements of an array from `start` to `stop`, both included. Returns its new length, null where there is no array.
   * https://redis.io/commands/json.arrtrim/
   */
  arrTrim: command('JSON.ARRTRIM', (c, key: RedisArgument, path: RedisArgument, start: number, stop: number) =>
    pushPlace(c, key, path, start, stop), numberOrNumbers),
  /** Empties arrays and objects and sets numbers to 0. Returns how many it changed. Since RedisJSON 2.0. https://redis.io/commands/json.clear/ */
  clear: command('JSON.CLEAR', keyAndOptionalPath, reply.number),
  /** Returns the memory of a value in bytes. https://redis.io/commands/json.debug-memory/ */
  debugMemory: command('JSON.DEBUG MEMORY', keyAndOptionalPath, sizeOrSizes),
  /** Deletes what is at a path, or the document. Returns how many values it deleted. https://redis.io/commands/json.del/ */
  del: command('JSON.DEL', keyAndOptionalPath, reply.number),
  /** The same as `del`: gives the number of deleted values. https://redis.io/commands/json.forget/ */
  forget: command('JSON.FORGET', keyAndOptionalPath, reply.number),
  /**
   * Returns a document, or what is at a path, parsed; null for a missing key. Several paths give an object by path.
   * https://redis.io/commands/json.get/
   */
  get: command('JSON.GET', pushGet, value),
  /**
   * Merges a value into what is at a path (RFC 7396: null deletes). Returns `'OK'`, null if the path leads nowhere. Since RedisJSON
   * 2.6. https://redis.io/commands/json.merge/
   */
  merge: command('JSON.MERGE', (c, key: RedisArgument, path: RedisArgument, value: RedisJSON) => {
    pushPlace(c, key, path);
    pushJson(c, value);
  }, okOrNull),
  /** Returns what is at a path of several documents, parsed; null for a missing one. https://redis.io/commands/json.mget/ */
  mGet: command('JSON.MGET', (c, keys: RedisArgument[], path: RedisArgument, reviver?: JsonReviver) => {
    c.pushKeys(keys);
    c.push(path);
    c.preserve = reviver;
  }, values),
  /** Sets values of several documents at once, all or none. Returns `'OK'`. Since RedisJSON 2.6. https://redis.io/commands/json.mset/ */
  mSet: command('JSON.MSET', pushMSet, reply.ok),
  /**
   * Adds to a number. Returns a list of the new values, null where there is no number; for a path of the old kind RESP2 gives the value
   * itself. https://redis.io/commands/json.numincrby/
   */
  numIncrBy: command('JSON.NUMINCRBY', keyPathAndNumber, calculated),
  /**
   * Multiplies a number. Returns a list of the new values, null where there is no number; for a path of the old kind RESP2 gives the
   * value itself. https://redis.io/commands/json.nummultby/
   */
  numMultBy: command('JSON.NUMMULTBY', keyPathAndNumber, calculated),
  /** Returns the names in an object, null where there is none. https://redis.io/commands/json.objkeys/ */
  objKeys: command('JSON.OBJKEYS', keyAndOptionalPath, namesOrNull),
  /** Returns how many names an object has, null where there is none. https://redis.io/commands/json.objlen/ */
  objLen: command('JSON.OBJLEN', keyAndOptionalPath, numberOrNumbersOrNull),
  /**
   * Sets what is at a path; a new document at `'$'`. Returns `'OK'`, null if the condition does not hold or the path leads nowhere.
   * https://redis.io/commands/json.set/
   */
  set: command('JSON.SET', pushSet, okOrNull),
  /** Appends to a string. Returns its new length, null where there is no string. https://redis.io/commands/json.strappend/ */
  strAppend: command('JSON.STRAPPEND', (c, key: RedisArgument, append: string, options?: JsonPathOptions) => {
    keyAndOptionalPath(c, key, options);
    c.push(jsonArgument(append));
  }, numberOrNumbers),
  /** Returns the length of a string, null where there is none. https://redis.io/commands/json.strlen/ */
  strLen: command('JSON.STRLEN', keyAndPathIfAny, numberOrNumbersOrNull),
  /**
   * Inverts a boolean. Returns a list of the new values as 0 and 1, null where there is no boolean; for a path of the old kind `'true'`
   * or `'false'`. Since RedisJSON 2.0. https://redis.io/commands/json.toggle/
   */
  toggle: command('JSON.TOGGLE', keyAndPath, toggled),
  /** Returns the type of a value, null for a missing key. https://redis.io/commands/json.type/ */
  type: command('JSON.TYPE', keyAndPathIfAny, typeNames),
};
