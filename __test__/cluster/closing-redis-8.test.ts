import { onServer } from '../support/on-server';
import { closingTests } from './scenarios/closing-runs';

onServer('redis-8', () => closingTests('redis-8'));
