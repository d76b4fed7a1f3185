import { findServerProgram } from '../support/server-program';
import { modeTests } from './cache-modes-runs';

if (findServerProgram('valkey-9') !== undefined) modeTests('valkey-9');
