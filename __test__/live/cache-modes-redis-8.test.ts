import { findServerProgram } from '../support/server-program';
import { modeTests } from './cache-modes-runs';

if (findServerProgram('redis-8') !== undefined) modeTests('redis-8');
