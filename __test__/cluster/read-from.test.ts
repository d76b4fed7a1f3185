import { onServer } from '../support/on-server';
import { readFromTests } from './scenarios/read-from-runs';

onServer('default', () => readFromTests());
