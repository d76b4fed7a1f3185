import { onServer } from '../support/on-server';
import { movedTests } from './scenarios/moved-runs';

onServer('valkey-9', () => movedTests('valkey-9'));
