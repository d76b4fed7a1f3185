import { onServer } from '../support/on-server';
import { pubsubTests } from './scenarios/pubsub-runs';

onServer('valkey-9', () => pubsubTests('valkey-9'));
