import { onServer } from '../support/on-server';
import { relocationTests } from './scenarios/relocation-runs';

onServer('redis-8', () => relocationTests('redis-8'));
