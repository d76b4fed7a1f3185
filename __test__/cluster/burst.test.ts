import { onServer } from '../support/on-server';
import { burstTests } from './scenarios/burst-runs';

onServer('default', () => burstTests());
