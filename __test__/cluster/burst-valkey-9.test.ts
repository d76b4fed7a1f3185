import { onServer } from '../support/on-server';
import { burstTests } from './scenarios/burst-runs';

onServer('valkey-9', () => burstTests('valkey-9'));
