import { onServer } from '../support/on-server';
import { modeTests } from './cache-modes-runs';

onServer('valkey-9', () => modeTests('valkey-9'));
