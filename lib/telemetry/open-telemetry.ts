/** OpenTelemetry metrics: the name only, until they are implemented. */
import { notImplementedError } from '../errors';

/** Metrics for OpenTelemetry. Not in this release. */
export class OpenTelemetry {
  /** @throws Error with code `OXREDIS_NOT_IMPLEMENTED` */
  static init(_config?: unknown): OpenTelemetry {
    throw notImplementedError('OpenTelemetry.init', 'leave it out, or measure around the calls');
  }
}
