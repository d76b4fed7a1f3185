import { onServer } from '../support/on-server';
import { mappedRelocationTests } from './scenarios/relocation-runs';

onServer('default', () => mappedRelocationTests());
