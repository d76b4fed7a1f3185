import { onServer } from '../support/on-server';
import { rootsTests } from './scenarios/roots-runs';

onServer('default', () => rootsTests());
