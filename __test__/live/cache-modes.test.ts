import { modeTests } from './cache-modes-runs';

modeTests();
