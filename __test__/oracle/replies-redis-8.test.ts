import { compareReplies } from './reply-comparison';

compareReplies('redis-8');
