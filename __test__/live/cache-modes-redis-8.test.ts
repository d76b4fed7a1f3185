import { onServer } from '../support/on-server';
import { modeTests } from './cache-modes-runs';

onServer('redis-8', () => modeTests('redis-8'));
