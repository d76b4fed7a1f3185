import { roundsOfChaos } from './thousand-rounds';

roundsOfChaos('pump');
