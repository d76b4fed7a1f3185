/**
 * Warns of arguments that have no effect: `set(key, value, 'EX', 10)` and `set(key, value, { ex: 10 })` set no expiry,
 * and `del('a', 'b')` deletes only one key. npm `redis` ignores such arguments without notice, so they are not errors
 * here, but each causes one warning.
 */
import { BasicCommandParser, type CommandParser } from '../wire/command-parser';
import { similarName, warnOnce } from '../wire/option-names';

type Parse = (parser: CommandParser, ...args: unknown[]) => unknown;

/** How many calls of a method are examined closely. Surplus arguments are always noticed. */
const EXAMINED_CALLS = 16;

/** Words that are options of commands. Warnings may quote these; they never quote any other text of an argument. */
const OPTION_WORDS = new Set([
  'EX', 'PX', 'EXAT', 'PXAT', 'NX', 'XX', 'GT', 'LT', 'CH', 'INCR', 'GET', 'KEEPTTL', 'PERSIST', 'MATCH', 'COUNT', 'TYPE', 'LIMIT',
  'WITHSCORES', 'BYSCORE', 'BYLEX', 'REV', 'BLOCK', 'NOACK', 'MAXLEN', 'MINID', 'REPLACE', 'ABSTTL', 'WEIGHTS', 'AGGREGATE', 'ASC', 'DESC',
]);

/** Examines the arguments of calls of one method. */
export class ArgumentWatch {
  readonly #name: string;
  readonly #parse: Parse;
  /** The number of arguments that the command has parameters for. */
  readonly #declared: number;
  #left = EXAMINED_CALLS;

  /**
   * @param wire the command name; the prefix of a module shows where the method is
   * @param parse its parameters after the parser are the arguments of the method
   */
  constructor(method: string, wire: string, parse: Parse) {
    const dot = wire.indexOf('.');
    this.#name = dot < 0 ? method : `${wire.slice(0, dot).toLowerCase()}.${method}`;
    this.#parse = parse;
    this.#declared = hasOpenParameters(parse) ? Infinity : parse.length - 1;
  }

  /**
   * Examines the arguments of a call. @returns the number of arguments from which on the next call is to be examined
   */
  examine(...args: readonly unknown[]): number {
    const declared = this.#declared;
    if (args.length > declared) this.#examineSurplus(args);
    else if (args.length === declared && declared > 0 && this.#left > 0) {
      this.#left--;
      try {
        this.#examineLast(args);
      } catch {
        // An error in the arguments is reported when the command is sent.
      }
    }
    return this.#left > 0 && declared > 0 ? declared : declared + 1;
  }

  #examineSurplus(args: readonly unknown[]): void {
    const declared = this.#declared;
    const surplus = args.slice(declared);
    if (surplus.every((value) => value === undefined)) return;
    const word = args.slice(Math.max(0, declared - 1)).map(optionWord).find((found) => found !== undefined);
    const hint = surplus.some((value) => typeof value === 'function') ? 'callbacks are called by client.legacy() only'
      : word === undefined ? 'several values are one array' : `options are one object, such as { ${word}: … }`;
    this.#warn(`takes ${declared === 1 ? 'one argument' : `${declared} arguments`}; what was given beyond has no effect: ${hint}`);
  }

  #examineLast(args: readonly unknown[]): void {
    const last = args[args.length - 1];
    if (typeof last === 'object') {
      if (isPlain(last)) this.#examineOptions(args.slice(0, -1), last);
    } else if (last && this.#makesNoDifference(args)) {
      const word = optionWord(last);
      const example = word === undefined ? '' : `, such as { ${word}: … }`;
      this.#warn(`got an argument ${args.length} of type ${typeof last}, which has no effect: options are one object${example}`);
    }
  }

  #makesNoDifference(args: readonly unknown[]): boolean {
    const given = this.#parsed(args);
    const without = this.#parsed(args.slice(0, -1));
    return given.preserve === without.preserve && given.redisArgs.length === without.redisArgs.length
      && given.redisArgs.every((word, index) => word === without.redisArgs[index]);
  }

  #parsed(args: readonly unknown[]): BasicCommandParser {
    const parser = new BasicCommandParser();
    this.#parse(parser, ...args);
    return parser;
  }

  /** Runs the command's parser on a proxy of the options, which records the names that are read. */
  #examineOptions(others: readonly unknown[], options: object): void {
    const asked = new Set<string>();
    const note = (name: string | symbol): void => {
      if (typeof name === 'string') asked.add(name);
    };
    this.#parsed([...others, new Proxy(options, {
      get: (target, name) => {
        note(name);
        return Reflect.get(target, name) as unknown;
      },
      has: (target, name) => {
        note(name);
        return Reflect.has(target, name);
      },
      ownKeys: () => {
        throw new Error('all of it is data');
      },
    })]);
    const names = Object.keys(options).filter((name) => (options as Record<string, unknown>)[name] !== undefined);
    const isHeard = names.some((name) => asked.has(name));
    for (const name of names) {
      // Of options that exclude each other, not all are read.
      if (asked.has(name) || (isHeard && OPTION_WORDS.has(name))) continue;
      const similar = similarName(name, asked);
      if (similar === undefined && isHeard) continue;
      this.#warn(`got an option ${shortened(name)}, which has no effect${similar === undefined ? '' : `: did you mean ${similar}?`}`);
    }
  }

  #warn(text: string): void {
    warnOnce(`${this.#name}() ${text}`, 'OXREDIS_IGNORED_ARGUMENT');
  }
}

function optionWord(value: unknown): string | undefined {
  const word = typeof value === 'string' && value.length < 12 ? value.toUpperCase() : '';
  return OPTION_WORDS.has(word) ? word : undefined;
}

function isPlain(value: object | null): value is object {
  if (value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function shortened(name: string): string {
  return name.length > 40 ? `${name.slice(0, 40)}…` : name;
}

/**
 * Whether the number of arguments cannot be known from the parameters: `length` does not count default and rest
 * parameters.
 */
function hasOpenParameters(parse: Parse): boolean {
  const text = Function.prototype.toString.call(parse);
  const start = text.indexOf('(');
  let depth = 0;
  for (let at = start; at >= 0 && at < text.length; at++) {
    if (text[at] === '(') depth++;
    else if (text[at] === ')' && --depth === 0) return /=|\.\.\./.test(text.slice(start, at));
  }
  return true;
}
