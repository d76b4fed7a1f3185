import { onServer } from '../support/on-server';
import { historyTests } from './cache-history-runs';

onServer('redis-8', () => historyTests('redis-8'));
