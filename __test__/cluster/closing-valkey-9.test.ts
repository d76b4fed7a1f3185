import { onServer } from '../support/on-server';
import { closingTests } from './scenarios/closing-runs';

onServer('valkey-9', () => closingTests('valkey-9'));
