import { onServer } from '../support/on-server';
import { pauseTests } from './scenarios/pause-runs';

onServer('redis-8', () => pauseTests('redis-8'));
