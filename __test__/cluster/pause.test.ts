import { onServer } from '../support/on-server';
import { pauseTests } from './scenarios/pause-runs';

onServer('default', () => pauseTests());
