import { onServer } from '../support/on-server';
import { failoverTests } from './scenarios/failover-runs';

onServer('valkey-9', () => failoverTests('valkey-9'));
