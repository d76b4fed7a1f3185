import { compareReplies } from './reply-comparison';

compareReplies('default');
