import { onServer } from '../support/on-server';
import { mappedRelocationTests } from './scenarios/relocation-runs';

onServer('redis-8', () => mappedRelocationTests('redis-8'));
