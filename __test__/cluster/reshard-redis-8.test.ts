import { onServer } from '../support/on-server';
import { reshardTests } from './scenarios/reshard-runs';

onServer('redis-8', () => reshardTests('redis-8'));
