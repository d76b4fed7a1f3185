import { onServer } from '../support/on-server';
import { historyTests } from './cache-history-runs';

onServer('valkey-9', () => historyTests('valkey-9'));
