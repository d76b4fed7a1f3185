import { findServerProgram } from '../support/server-program';
import { compareCaches } from './cache-scenarios';
import { withServer } from './compare';

if (findServerProgram('redis-8') !== undefined) {
  withServer({ version: 'redis-8' });
  compareCaches();
}
