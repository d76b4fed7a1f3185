import { onServer } from '../support/on-server';
import { killTests } from './scenarios/kill-runs';

onServer('redis-8', () => killTests('redis-8'));
