/**
 * The libraries on top of `redis` that are tried, and with what. Versions are fixed, so that a run tells of changes here and not there.
 *
 * @typedef {object} Library
 * @property {string} name what it is called in the table: the package
 * @property {string[]} [also] further packages that its program uses, shown beside it
 * @property {string[]} programs files in `programs/`
 * @property {'redis' | '@redis/client'} imports the name under which it finds the client
 * @property {'exact' | 'sorted' | 'names'} observed how what the server saw is compared: command by command; in any order (where
 *   several connections are used at once); as a set of command names (where ids are drawn by chance or the library polls)
 * @property {string} does what the program does, for the table
 */

/** Packages of the application that uses all of them at once. */
export const PACKAGES = {
  'connect-redis': '10.0.0',
  'express-session': '1.19.0',
  express: '5.3.0',
  '@keyv/redis': '5.1.6',
  keyv: '5.6.0',
  cacheable: '2.5.0',
  'cache-manager': '7.2.9',
  '@socket.io/redis-adapter': '8.3.0',
  '@socket.io/redis-streams-adapter': '0.3.1',
  'socket.io': '4.8.4',
  'socket.io-client': '4.8.4',
  'rate-limit-redis': '6.0.1',
  'express-rate-limit': '8.7.5',
  'rate-limiter-flexible': '11.4.0',
  'cache-manager-redis-yet': '5.1.5',
  'feathers-sync': '3.1.1',
  '@feathersjs/feathers': '5.0.50',
  typeorm: '1.1.1',
  'sql.js': '1.16.0',
  'reflect-metadata': '0.2.2',
  'redlock-universal': '0.8.5',
  'redis-om': '0.4.7',
  '@langchain/redis': '1.1.2',
  '@langchain/core': '1.4.0',
  '@fortedigital/nextjs-cache-handler': '3.3.0',
  next: '16.4.6',
  react: '19.3.1',
  'react-dom': '19.3.1',
  '@opentelemetry/instrumentation-redis': '0.72.0',
  '@opentelemetry/api': '1.10.0',
};

/** @type {Library[]} */
export const LIBRARIES = [
  { name: 'connect-redis', also: ['express-session'], programs: ['connect-redis.mjs'], imports: 'redis', observed: 'exact', does: 'sessions stored, touched, listed, expired, destroyed, also through Express, over a lost connection and after `close()`' },
  { name: '@keyv/redis', also: ['keyv'], programs: ['keyv-redis.mjs', 'keyv-redis.cjs'], imports: '@redis/client', observed: 'sorted', does: 'values with time to live and namespaces, batches, iteration, without a server; ES modules and CommonJS' },
  { name: 'cacheable', also: ['cache-manager'], programs: ['cacheable.mjs'], imports: '@redis/client', observed: 'sorted', does: 'memory in front of Redis, wrapped functions, stores of cache-manager' },
  { name: '@socket.io/redis-adapter', also: ['@socket.io/redis-streams-adapter', 'socket.io'], programs: ['socket-io.mjs'], imports: 'redis', observed: 'names', does: 'rooms broadcast between two nodes, acknowledgements, messages between servers: plain, sharded, dynamic, streams' },
  { name: 'rate-limit-redis', also: ['express-rate-limit'], programs: ['rate-limit-redis.mjs'], imports: 'redis', observed: 'exact', does: 'limits counted, blocked, reset through Express, after `SCRIPT FLUSH` and after `close()`' },
  { name: 'rate-limiter-flexible', programs: ['rate-limiter-flexible.mjs'], imports: 'redis', observed: 'sorted', does: 'points consumed, blocked, rewarded; insured by memory while there is no server' },
  { name: 'cache-manager-redis-yet', programs: ['cache-manager-redis-yet.mjs'], imports: 'redis', observed: 'exact', does: 'a store of cache-manager 5 with a client of its own' },
  { name: 'feathers-sync', also: ['@feathersjs/feathers'], programs: ['feathers-sync.mjs'], imports: 'redis', observed: 'names', does: 'service events of one application reach another' },
  { name: 'typeorm', also: ['sql.js'], programs: ['typeorm.mjs'], imports: 'redis', observed: 'sorted', does: 'results of queries cached, removed, cleared' },
  { name: 'redlock-universal', programs: ['redlock-universal.mjs'], imports: 'redis', observed: 'names', does: 'locks held, refused, extended, released; over three clients, two of which go away' },
  { name: 'redis-om', programs: ['redis-om.mjs'], imports: 'redis', observed: 'exact', does: 'entities in hashes saved, fetched, changed, expired, removed; search without the module' },
  { name: '@langchain/redis', programs: ['langchain.mjs'], imports: 'redis', observed: 'sorted', does: 'loads; cache and chat history', needs: 'names of `redis` 4 that version 6 does not export' },
  { name: '@fortedigital/nextjs-cache-handler', also: ['next'], programs: ['next-cache-handler.mjs'], imports: '@redis/client', observed: 'sorted', does: 'values with tags, revalidated and removed; after `close()`' },
  { name: '@opentelemetry/instrumentation-redis', programs: ['opentelemetry.mjs'], imports: 'redis', observed: 'exact', does: 'loads beside the client, and does no harm' },
];
