import { roundsOfChaos } from './thousand-rounds';

roundsOfChaos('tls');
