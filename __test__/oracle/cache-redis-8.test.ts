import { onServer } from '../support/on-server';
import { compareCaches } from './cache-scenarios';
import { withServer } from './compare';

onServer('redis-8', () => {
  withServer({ version: 'redis-8' });
  compareCaches();
});
