import { compareCaches } from './cache-scenarios';
import { withServer } from './compare';

withServer();
compareCaches();
