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
 * JSON documents: https://redis.io/docs/latest/develop/data-types/json/. Values are encoded by `JSON.stringify` and
 * parsed by `JSON.parse`. If a path starts with `$`, the reply is a list with one element per match.
 */
export const json = {
  /**
   * Appends values to an array. Returns its new length, null if the path is not an array.
   * https://redis.io/commands/json.arrappend/
   */
  arrAppend: command('JSON.ARRAPPEND', (c, key: RedisArgument, path: RedisArgument, json: RedisJSON, ...jsons: RedisJSON[]) => {
    pushPlace(c, key, path);
    pushJson(c, json, ...jsons);
  }, numberOrNumbers),
  /**
   * Returns the index of a value in an array, searching only the range if one is given; -1 if it is not found, null if
   * the path is not an array. https://redis.io/commands/json.arrindex/
   */
  arrIndex: command('JSON.ARRINDEX', pushArrIndex, numberOrNumbers),
  /**
   * Inserts values before an index of an array; a negative index counts from the end. Returns the new length, null if
   * the path is not an array. https://redis.io/commands/json.arrinsert/
   */
  arrInsert: command('JSON.ARRINSERT', (
    c, key: RedisArgument, path: RedisArgument, index: number, json: RedisJSON, ...jsons: RedisJSON[]
  ) => {
    pushPlace(c, key, path, index);
    pushJson(c, json, ...jsons);
  }, numberOrNumbers),
  /** Returns the length of an array, null if the path is not an array. https://redis.io/commands/json.arrlen/ */
  arrLen: command('JSON.ARRLEN', keyAndOptionalPath, numberOrNumbersOrNull),
  /**
   * Removes an element of an array (by default the last one) and returns it, null if there is none. An index is used
   * only together with a path. https://redis.io/commands/json.arrpop/
   */
  arrPop: command('JSON.ARRPOP', pushArrPop, valueOrValues),
  /**
   * Removes all elements of an array except those from `start` to `stop`, both included. Returns its new length, null
   * if the path is not an array. https://redis.io/commands/json.arrtrim/
   */
  arrTrim: command('JSON.ARRTRIM', (c, key: RedisArgument, path: RedisArgument, start: number, stop: number) =>
    pushPlace(c, key, path, start, stop), numberOrNumbers),
  /**
   * Empties arrays and objects, and sets numbers to 0. Returns the number of changed values. Since RedisJSON 2.0.
   * https://redis.io/commands/json.clear/
   */
  clear: command('JSON.CLEAR', keyAndOptionalPath, reply.number),
  /** Returns the memory usage of a value in bytes. https://redis.io/commands/json.debug-memory/ */
  debugMemory: command('JSON.DEBUG MEMORY', keyAndOptionalPath, sizeOrSizes),
  /**
   * Deletes the values at a path, or the whole document. Returns the number of deleted values.
   * https://redis.io/commands/json.del/
   */
  del: command('JSON.DEL', keyAndOptionalPath, reply.number),
  /** The same as `del`: returns the number of deleted values. https://redis.io/commands/json.forget/ */
  forget: command('JSON.FORGET', keyAndOptionalPath, reply.number),
  /**
   * Returns a document, or the value at a path, parsed; null for a missing key. With several paths, returns an object
   * with the paths as keys. https://redis.io/commands/json.get/
   */
  get: command('JSON.GET', pushGet, value),
  /**
   * Merges a value into the value at a path (RFC 7396: null deletes). Returns `'OK'`, null if the path does not exist.
   * Since RedisJSON 2.6. https://redis.io/commands/json.merge/
   */
  merge: command('JSON.MERGE', (c, key: RedisArgument, path: RedisArgument, value: RedisJSON) => {
    pushPlace(c, key, path);
    pushJson(c, value);
  }, okOrNull),
  /**
   * Returns the values at a path of several documents, parsed; null for a missing document.
   * https://redis.io/commands/json.mget/
   */
  mGet: command('JSON.MGET', (c, keys: RedisArgument[], path: RedisArgument, reviver?: JsonReviver) => {
    c.pushKeys(keys);
    c.push(path);
    c.preserve = reviver;
  }, values),
  /**
   * Sets values in several documents, either all or none. Returns `'OK'`. Since RedisJSON 2.6.
   * https://redis.io/commands/json.mset/
   */
  mSet: command('JSON.MSET', pushMSet, reply.ok),
  /**
   * Adds to a number. Returns a list of the new values, null for matches that are not numbers; for a legacy path RESP2
   * returns the value itself. https://redis.io/commands/json.numincrby/
   */
  numIncrBy: command('JSON.NUMINCRBY', keyPathAndNumber, calculated),
  /**
   * Multiplies a number. Returns a list of the new values, null for matches that are not numbers; for a legacy path
   * RESP2 returns the value itself. https://redis.io/commands/json.nummultby/
   */
  numMultBy: command('JSON.NUMMULTBY', keyPathAndNumber, calculated),
  /**
   * Returns the member names of an object, null if the path is not an object. https://redis.io/commands/json.objkeys/
   */
  objKeys: command('JSON.OBJKEYS', keyAndOptionalPath, namesOrNull),
  /**
   * Returns the number of members of an object, null if the path is not an object.
   * https://redis.io/commands/json.objlen/
   */
  objLen: command('JSON.OBJLEN', keyAndOptionalPath, numberOrNumbersOrNull),
  /**
   * Sets the value at a path; `'$'` creates or replaces the document. Returns `'OK'`, null if the condition is not met
   * or the path does not exist. https://redis.io/commands/json.set/
   */
  set: command('JSON.SET', pushSet, okOrNull),
  /**
   * Appends to a string. Returns its new length, null if the path is not a string.
   * https://redis.io/commands/json.strappend/
   */
  strAppend: command('JSON.STRAPPEND', (c, key: RedisArgument, append: string, options?: JsonPathOptions) => {
    keyAndOptionalPath(c, key, options);
    c.push(jsonArgument(append));
  }, numberOrNumbers),
  /** Returns the length of a string, null if the path is not a string. https://redis.io/commands/json.strlen/ */
  strLen: command('JSON.STRLEN', keyAndPathIfAny, numberOrNumbersOrNull),
  /**
   * Inverts a boolean. Returns a list of the new values as 0 and 1, null for matches that are not booleans; for a
   * legacy path `'true'` or `'false'`. Since RedisJSON 2.0. https://redis.io/commands/json.toggle/
   */
  toggle: command('JSON.TOGGLE', keyAndPath, toggled),
  /** Returns the type of a value, null for a missing key. https://redis.io/commands/json.type/ */
  type: command('JSON.TYPE', keyAndPathIfAny, typeNames),
};
