import { onServer } from '../support/on-server';
import { compareReplies } from './reply-comparison';

onServer('valkey-9', () => compareReplies('valkey-9'));
