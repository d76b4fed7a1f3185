import { onServer } from '../support/on-server';
import { readFromTests } from './scenarios/read-from-runs';

onServer('redis-8', () => readFromTests('redis-8'));
