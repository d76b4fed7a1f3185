import { compareSequencesOnClusters } from './sequence-cases';

compareSequencesOnClusters('valkey-9');
