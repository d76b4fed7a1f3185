import { onServer } from '../support/on-server';
import { relocationTests } from './scenarios/relocation-runs';

onServer('valkey-9', () => relocationTests('valkey-9'));
