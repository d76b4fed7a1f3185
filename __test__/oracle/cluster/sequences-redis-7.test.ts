import { compareSequencesOnClusters } from './sequence-cases';

compareSequencesOnClusters('default');
