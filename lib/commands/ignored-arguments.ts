/**
 * Arguments that have no effect: `set(key, value, 'EX', 10)` never expires, `set(key, value, { ex: 10 })` neither, `del('a', 'b')`
 * deletes one key. npm `redis` takes them in silence, so they are no errors, but one warning for each.
 */
import { BasicCommandParser, type CommandParser } from '../wire/command-parser';
import { similarName, warnOnce } from '../wire/option-names';

type Parse = (parser: CommandParser, ...args: unknown[]) => unknown;

/** How many calls of a method are looked at closely. Surplus arguments are always noticed. */
const EXAMINED_CALLS = 16;

/** Words that are options of commands, and may be shown: no other text of an argument ever is. */
const OPTION_WORDS = new Set([
  'EX', 'PX', 'EXAT', 'PXAT', 'NX', 'XX', 'GT', 'LT', 'CH', 'INCR', 'GET', 'KEEPTTL', 'PERSIST', 'MATCH', 'COUNT', 'TYPE', 'LIMIT',
  'WITHSCORES', 'BYSCORE', 'BYLEX', 'REV', 'BLOCK', 'NOACK', 'MAXLEN', 'MINID', 'REPLACE', 'ABSTTL', 'WEIGHTS', 'AGGREGATE', 'ASC', 'DESC',
]);

/** Watches the arguments of one method. */
export class ArgumentWatch {
  readonly #name: string;
  readonly #parse: Parse;
  /** Arguments that the command knows of. */
  readonly #declared: number;
  #left = EXAMINED_CALLS;

  /**
   * @param wire the name that is sent; that of a module says where the method is
   * @param parse its parameters after the parser are the arguments of the method
   */
  constructor(method: string, wire: string, parse: Parse) {
    const dot = wire.indexOf('.');
    this.#name = dot < 0 ? method : `${wire.slice(0, dot).toLowerCase()}.${method}`;
    this.#parse = parse;
    this.#declared = hasOpenParameters(parse) ? Infinity : parse.length - 1;
  }

  /** Looks at the arguments of a call. @returns with how many arguments the next one is to be looked at */
  examine(...args: readonly unknown[]): number {
    const declared = this.#declared;
    if (args.length > declared) this.#examineSurplus(args);
    else if (args.length === declared && declared > 0 && this.#left > 0) {
      this.#left--;
      try {
        this.#examineLast(args);
      } catch {
        // What is wrong with these arguments is told by who sends them.
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

  /** Lets the command read an object that notes which fields are asked for. */
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
      // Options that exclude each other are not all asked for.
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

/** Whether the parameters do not say how many arguments there may be: defaults and rest parameters do not count in `length`. */
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
