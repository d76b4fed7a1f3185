import { onServer } from '../support/on-server';
import { readFromTests } from './scenarios/read-from-runs';

onServer('valkey-9', () => readFromTests('valkey-9'));
