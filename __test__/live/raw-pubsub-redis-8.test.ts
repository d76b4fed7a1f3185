import { findServerProgram } from '../support/server-program';
import { rawPubSubTests } from './raw-pubsub-runs';

if (findServerProgram('redis-8') !== undefined) rawPubSubTests('redis-8');
