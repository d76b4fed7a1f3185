import { onServer } from '../support/on-server';
import { movedTests } from './scenarios/moved-runs';

onServer('default', () => movedTests());
