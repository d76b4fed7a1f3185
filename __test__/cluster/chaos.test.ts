import { onServer } from '../support/on-server';
import { chaosTests } from './scenarios/chaos-runs';

onServer('default', () => chaosTests());
