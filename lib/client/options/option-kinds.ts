/** Refuses options with values of a kind that nothing can be made of, by their names, before something else fails because of them. */
import { isUint8Array } from '../../wire/realms';
import { invalid } from './refused-options';

type Rule = readonly [kind: string, allows: (value: unknown) => boolean];

const isTable = (value: unknown): boolean => (typeof value === 'object' && !Array.isArray(value)) || typeof value === 'function';
const AN_OBJECT: Rule = ['an object', isTable];

/** Clients, pools and clusters have these in common. */
const RULES: Readonly<Record<string, Rule>> = {
  socket: AN_OBJECT,
  commandOptions: AN_OBJECT,
  modules: AN_OBJECT,
  functions: AN_OBJECT,
  scripts: AN_OBJECT,
  // As in npm `redis`, true is a cache with the default configuration.
  clientSideCache: ['a configuration or a cache', (value) => value === true || isTable(value)],
  keyPrefix: ['a string or a Buffer', (value) => typeof value === 'string' || isUint8Array(value)],
};

/**
 * Checks options of a client, pool or cluster, or of all nodes of a cluster. Those with a falsy value were not given.
 *
 * @param place the name of the options in errors: `''`, or `'defaults'` for those of the nodes of a cluster
 * @throws TypeError that names the option
 */
export function checkKinds(options: unknown, place = ''): void {
  if (!options) return;
  if (!isTable(options)) throw invalid(place === '' ? 'the options' : place, 'an object', options);
  for (const [name, [kind, allows]] of Object.entries(RULES)) {
    const value = (options as Record<string, unknown>)[name];
    if (value && !allows(value)) throw invalid(place === '' ? name : `${place}.${name}`, kind, value);
  }
}
