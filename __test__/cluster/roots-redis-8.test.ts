import { onServer } from '../support/on-server';
import { rootsTests } from './scenarios/roots-runs';

onServer('redis-8', () => rootsTests('redis-8'));
