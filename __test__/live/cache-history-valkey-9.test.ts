import { findServerProgram } from '../support/server-program';
import { historyTests } from './cache-history-runs';

if (findServerProgram('valkey-9') !== undefined) historyTests('valkey-9');
