import { compareSequencesOnClusters } from './sequence-cases';

compareSequencesOnClusters('redis-8');
