import { onServer } from '../support/on-server';
import { compareReplies } from './reply-comparison';

onServer('redis-8', () => compareReplies('redis-8'));
