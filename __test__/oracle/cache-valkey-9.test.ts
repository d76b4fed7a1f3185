import { onServer } from '../support/on-server';
import { compareCaches } from './cache-scenarios';
import { withServer } from './compare';

onServer('valkey-9', () => {
  withServer({ version: 'valkey-9' });
  compareCaches();
});
