/** Creates client classes that have the methods of modules, functions and scripts. */
import { attachNamed, attachNamespaces, methodMaker, onReceiver } from '../../commands/attach';
import { functionCommands } from '../../commands/function';
import type { RedisFunctions, RedisModules, RedisScript, RedisScripts } from '../../wire/command';
import { clientInvocation } from './client-commands';
import { multiCommandClass } from '../run/multi-command';
import { scriptMethod } from '../run/script-execution';

/** The modules, functions and scripts of a client class. */
export interface ClassConfig {
  modules?: RedisModules;
  functions?: RedisFunctions;
  scripts?: RedisScripts;
}

/** A class of clients. */
type ClientClass = new (...args: never[]) => object;

const namespaceMethod = methodMaker(onReceiver(clientInvocation));

/** The classes created so far, by one of their tables, for reuse: programs create many clients with the same configuration. */
const classes = new WeakMap<object, { base: ClientClass; config: ClassConfig; extended: ClientClass }[]>();

/** Returns the subclass of `base` with these methods; `base` itself if there are none. */
export function clientClass<CLASS extends ClientClass>(base: CLASS, { modules, functions, scripts }: ClassConfig): CLASS {
  const key = modules ?? functions ?? scripts;
  if (!key) return base;
  const config = { modules, functions, scripts };
  const made = classes.get(key) ?? [];
  const known = made.find((entry) => entry.base === base && isSame(entry.config, config));
  if (known !== undefined) return known.extended as CLASS;
  const extended = extendClass(base, config);
  classes.set(key, [...made, { base, config, extended }]);
  return extended;
}

/** The classes created here. */
const created = new WeakSet<object>();

/** Whether `constructor` is `base` or a class that {@link clientClass} created from it, rather than a subclass of the user. */
export function isOwnClass(constructor: object, base: object): boolean {
  return constructor === base || created.has(constructor);
}

function isSame(one: ClassConfig, other: ClassConfig): boolean {
  return one.modules === other.modules && one.functions === other.functions && one.scripts === other.scripts;
}

function extendClass<CLASS extends ClientClass>(base: CLASS, { modules, functions, scripts }: ClassConfig): CLASS {
  const extended = class extends (base as ClientClass) {} as CLASS;
  Object.defineProperty(extended, 'name', { value: base.name });
  created.add(extended);
  const prototype = extended.prototype as object;
  if (modules) attachNamespaces(prototype, modules, namespaceMethod);
  if (functions) attachNamespaces(prototype, functionCommands(functions), namespaceMethod);
  if (scripts) attachNamed(prototype, scripts, (script) => scriptMethod(script as RedisScript));
  Object.defineProperty(prototype, '_multiClass', { value: multiCommandClass(modules, functions, scripts) });
  return extended;
}
