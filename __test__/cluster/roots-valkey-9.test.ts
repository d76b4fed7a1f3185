import { onServer } from '../support/on-server';
import { rootsTests } from './scenarios/roots-runs';

onServer('valkey-9', () => rootsTests('valkey-9'));
