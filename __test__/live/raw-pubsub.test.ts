import { rawPubSubTests } from './raw-pubsub-runs';

rawPubSubTests();
