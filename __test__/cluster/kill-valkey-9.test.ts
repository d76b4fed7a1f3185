import { onServer } from '../support/on-server';
import { killTests } from './scenarios/kill-runs';

onServer('valkey-9', () => killTests('valkey-9'));
