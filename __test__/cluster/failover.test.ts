import { onServer } from '../support/on-server';
import { failoverTests } from './scenarios/failover-runs';

onServer('default', () => failoverTests());
