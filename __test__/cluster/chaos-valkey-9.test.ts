import { onServer } from '../support/on-server';
import { chaosTests } from './scenarios/chaos-runs';

onServer('valkey-9', () => chaosTests('valkey-9'));
