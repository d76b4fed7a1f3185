/**
 * The tested libraries that use `redis`, and their programs. Versions are fixed, so that a changed result has its cause
 * in oxredis and not in a library.
 *
 * @typedef {object} Library
 * @property {string} name name in the table: the package
 * @property {string} version
 * @property {Record<string, string>} [also] other packages that its program uses, shown in the table
 * @property {Record<string, string>} [besides] packages that those need in turn, not shown
 * @property {string[]} programs files in `programs/`
 * @property {'redis' | '@redis/client'} imports the name under which it imports the client
 * @property {'exact' | 'sorted' | 'names'} observed how the commands that the server received are compared: one by one;
 *   in any order (if several connections are used at once); as a set of command names (if ids are random or the library
 *   polls)
 * @property {string} does what the program does, for the table
 * @property {string} [needs] the reason why it cannot be loaded with npm redis
 */

const SOCKET_IO = { 'socket.io': '4.8.4', 'socket.io-client': '4.8.4' };

/** @type {Library[]} */
export const LIBRARIES = [
  {
    name: 'connect-redis', version: '10.0.0', also: { 'express-session': '1.19.0' }, besides: { express: '5.3.0' },
    programs: ['connect-redis.mjs'], imports: 'redis', observed: 'exact',
    does: 'sessions stored, touched, listed, expired, destroyed, also through Express, over a lost connection and after `close()`',
  },
  {
    name: '@keyv/redis', version: '5.1.6', also: { keyv: '5.6.0' },
    programs: ['keyv-redis.mjs', 'keyv-redis.cjs'], imports: '@redis/client', observed: 'sorted',
    does: 'values with time to live and namespaces, batches, iteration, without a server; ES modules and CommonJS',
  },
  {
    name: 'cacheable', version: '2.5.0', also: { '@keyv/redis': '5.1.6', keyv: '5.6.0', 'cache-manager': '7.2.9' },
    programs: ['cacheable.mjs'], imports: '@redis/client', observed: 'sorted',
    does: 'memory in front of Redis, wrapped functions, stores of cache-manager',
  },
  {
    name: '@socket.io/redis-adapter', version: '8.3.0', also: SOCKET_IO,
    programs: ['socket-io.mjs'], imports: 'redis', observed: 'names',
    does: 'rooms broadcast between two nodes, acknowledgements, messages between servers: plain, sharded, dynamic, RESP2',
  },
  {
    name: '@socket.io/redis-streams-adapter', version: '0.3.1', also: SOCKET_IO,
    programs: ['socket-io-streams.mjs'], imports: 'redis', observed: 'names',
    does: 'the same over streams',
  },
  {
    name: 'rate-limit-redis', version: '6.0.1', also: { 'express-rate-limit': '8.7.5' }, besides: { express: '5.3.0' },
    programs: ['rate-limit-redis.mjs'], imports: 'redis', observed: 'exact',
    does: 'limits counted, blocked, reset through Express, after `SCRIPT FLUSH` and after `close()`',
  },
  {
    name: 'rate-limiter-flexible', version: '11.4.0',
    programs: ['rate-limiter-flexible.mjs'], imports: 'redis', observed: 'sorted',
    does: 'points consumed, blocked, rewarded; insured by memory while there is no server',
  },
  {
    name: 'cache-manager-redis-yet', version: '5.1.5',
    programs: ['cache-manager-redis-yet.mjs'], imports: 'redis', observed: 'exact',
    does: 'a store of cache-manager 5 with a client of its own',
  },
  {
    name: 'feathers-sync', version: '3.1.1', also: { '@feathersjs/feathers': '5.0.50' },
    programs: ['feathers-sync.mjs'], imports: 'redis', observed: 'names',
    does: 'service events of one application reach another',
  },
  {
    name: 'typeorm', version: '1.1.1', also: { 'sql.js': '1.16.0' }, besides: { 'reflect-metadata': '0.2.2' },
    programs: ['typeorm.mjs'], imports: 'redis', observed: 'sorted',
    does: 'results of queries cached, removed, cleared',
  },
  {
    name: 'redlock-universal', version: '0.8.5',
    programs: ['redlock-universal.mjs'], imports: 'redis', observed: 'names',
    does: 'locks held, refused, extended, released; over three clients, two of which go away',
  },
  {
    name: 'redis-om', version: '0.4.7',
    programs: ['redis-om.mjs'], imports: 'redis', observed: 'exact',
    does: 'entities in hashes saved, fetched, changed, expired, removed; search without the module',
  },
  {
    name: '@langchain/redis', version: '1.1.2', also: { '@langchain/core': '1.4.0' },
    programs: ['langchain.mjs'], imports: 'redis', observed: 'sorted',
    does: 'loads; cache and chat history', needs: 'names of `redis` 4 that version 6 does not export',
  },
  {
    name: '@fortedigital/nextjs-cache-handler', version: '3.3.0', also: { next: '16.4.6' }, besides: { react: '19.3.1', 'react-dom': '19.3.1' },
    programs: ['next-cache-handler.mjs'], imports: '@redis/client', observed: 'sorted',
    does: 'values with tags, revalidated and removed; after `close()`',
  },
  {
    name: '@opentelemetry/instrumentation-redis', version: '0.72.0', besides: { '@opentelemetry/api': '1.10.0' },
    programs: ['opentelemetry.mjs'], imports: 'redis', observed: 'exact',
    does: 'loads beside the client, and does no harm',
  },
];

/**
 * Returns the libraries whose name, or that of a program, contains one of these parts (`keyv-redis` finds
 * `@keyv/redis`).
 */
export function librariesCalled(parts) {
  const names = ({ name, programs }) => [name, name.replace(/^@/, '').replace('/', '-'), ...programs];
  return LIBRARIES.filter((library) => parts.length === 0 || names(library).some((name) => parts.some((part) => name.includes(part))));
}

/** Returns the dependencies of an application that uses these libraries, except the client. */
export function packagesOf(libraries) {
  return Object.assign({}, ...libraries.map(({ name, version, also, besides }) => ({ [name]: version, ...also, ...besides })));
}
