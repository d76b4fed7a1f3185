import { findServerProgram } from '../support/server-program';
import { rawPubSubTests } from './raw-pubsub-runs';

if (findServerProgram('valkey-9') !== undefined) rawPubSubTests('valkey-9');
