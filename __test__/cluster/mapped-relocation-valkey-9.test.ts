import { onServer } from '../support/on-server';
import { mappedRelocationTests } from './scenarios/relocation-runs';

onServer('valkey-9', () => mappedRelocationTests('valkey-9'));
