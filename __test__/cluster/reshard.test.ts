import { onServer } from '../support/on-server';
import { reshardTests } from './scenarios/reshard-runs';

onServer('default', () => reshardTests());
