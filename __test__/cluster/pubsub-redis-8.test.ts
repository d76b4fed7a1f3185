import { onServer } from '../support/on-server';
import { pubsubTests } from './scenarios/pubsub-runs';

onServer('redis-8', () => pubsubTests('redis-8'));
