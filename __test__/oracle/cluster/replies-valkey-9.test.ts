import { compareOnClusters } from './reply-cases';

compareOnClusters('valkey-9');
