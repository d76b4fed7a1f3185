import { availableServers } from '../support/server-program';
import { compareClusterReplies } from './reply-comparison';

for (const version of availableServers()) compareClusterReplies(version);
