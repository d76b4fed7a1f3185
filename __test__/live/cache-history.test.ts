import { historyTests } from './cache-history-runs';

historyTests();
