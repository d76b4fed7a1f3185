import { compareOnClusters } from './reply-cases';

compareOnClusters('default');
