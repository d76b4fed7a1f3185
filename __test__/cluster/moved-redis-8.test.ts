import { onServer } from '../support/on-server';
import { movedTests } from './scenarios/moved-runs';

onServer('redis-8', () => movedTests('redis-8'));
