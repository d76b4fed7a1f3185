import { compareOnClusters } from './reply-cases';

compareOnClusters('redis-8');
