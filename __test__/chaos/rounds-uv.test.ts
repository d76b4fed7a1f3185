import { roundsOfChaos } from './thousand-rounds';

roundsOfChaos('uv');
