import { onServer } from '../support/on-server';
import { pauseTests } from './scenarios/pause-runs';

onServer('valkey-9', () => pauseTests('valkey-9'));
