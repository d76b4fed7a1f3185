import { onServer } from '../support/on-server';
import { relocationTests } from './scenarios/relocation-runs';

onServer('default', () => relocationTests());
