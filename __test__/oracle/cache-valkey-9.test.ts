import { findServerProgram } from '../support/server-program';
import { compareCaches } from './cache-scenarios';
import { withServer } from './compare';

if (findServerProgram('valkey-9') !== undefined) {
  withServer({ version: 'valkey-9' });
  compareCaches();
}
