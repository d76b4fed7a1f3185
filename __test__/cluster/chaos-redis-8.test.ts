import { onServer } from '../support/on-server';
import { chaosTests } from './scenarios/chaos-runs';

onServer('redis-8', () => chaosTests('redis-8'));
