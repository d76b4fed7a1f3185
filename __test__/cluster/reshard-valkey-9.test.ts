import { onServer } from '../support/on-server';
import { reshardTests } from './scenarios/reshard-runs';

onServer('valkey-9', () => reshardTests('valkey-9'));
