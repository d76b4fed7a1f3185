import { onServer } from '../support/on-server';
import { pubsubTests } from './scenarios/pubsub-runs';

onServer('default', () => pubsubTests());
