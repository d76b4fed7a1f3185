import { onServer } from '../support/on-server';
import { closingTests } from './scenarios/closing-runs';

onServer('default', () => closingTests());
