import { onServer } from '../support/on-server';
import { burstTests } from './scenarios/burst-runs';

onServer('redis-8', () => burstTests('redis-8'));
