import { onEachServer } from '../support/on-server';
import { compareClusterReplies } from './reply-comparison';

onEachServer(compareClusterReplies);
