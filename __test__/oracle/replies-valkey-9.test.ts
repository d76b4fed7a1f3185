import { compareReplies } from './reply-comparison';

compareReplies('valkey-9');
