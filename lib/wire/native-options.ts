/** Settings of a link in native terms. */
import type { NativeLinkOptions } from './addon';
import type { LinkOptions } from './link-types';

/** Translates the settings; the environment variable `OXREDIS_TRANSPORT` forces a transport. */
export function nativeLinkOptions(options: LinkOptions): NativeLinkOptions {
  const { transport, maintNotifications, socketTimeout, busyPoll, tracking, lookup, tls } = options;
  const native: NativeLinkOptions = Object.assign({ ...options }, {
    transport: undefined,
    maintNotifications: undefined,
    lookup: undefined,
    limits: undefined,
    routing: undefined,
    // The engine asks where there is a function that answers, and only there.
    customLookup: lookup !== undefined,
    tls: tls && { ...tls, checkServerIdentity: undefined, customIdentity: tls.checkServerIdentity !== undefined },
    socketTimeout: socketTimeout ?? 0,
    pump: (transport ?? process.env.OXREDIS_TRANSPORT) === 'pump',
    busyPoll: busyPoll ?? 0,
    tracking: tracking?.map((word) => Buffer.from(word as string)),
    maintRequired: maintNotifications?.required ?? false,
  });
  if (maintNotifications !== undefined) native.maintEndpointType = maintNotifications.endpointType;
  return native;
}
