import { findServerProgram } from '../support/server-program';
import { historyTests } from './cache-history-runs';

if (findServerProgram('redis-8') !== undefined) historyTests('redis-8');
