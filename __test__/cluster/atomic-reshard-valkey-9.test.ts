import { onServer } from '../support/on-server';
import { atomicReshardTests } from './scenarios/reshard-runs';

onServer('valkey-9', () => atomicReshardTests('valkey-9'));
