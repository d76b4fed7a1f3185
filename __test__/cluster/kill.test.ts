import { onServer } from '../support/on-server';
import { killTests } from './scenarios/kill-runs';

onServer('default', () => killTests());
