import { onServer } from '../support/on-server';
import { failoverTests } from './scenarios/failover-runs';

onServer('redis-8', () => failoverTests('redis-8'));
