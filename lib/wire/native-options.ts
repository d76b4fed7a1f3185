/** Translates the settings of a link for the addon. */
import type { NativeLinkOptions } from './addon';
import type { Credentials, LinkOptions } from './link-types';

/**
 * Translates the settings; the environment variable `OXREDIS_TRANSPORT` forces a transport.
 *
 * @param credentials `undefined` makes the engine ask for them
 */
export function nativeLinkOptions(options: LinkOptions, credentials: Credentials | undefined): NativeLinkOptions {
  const { transport, maintNotifications, socketTimeout, busyPoll, tracking, endpoint, lookup, tls } = options;
  const native: NativeLinkOptions = Object.assign({ ...options }, {
    transport: undefined,
    maintNotifications: undefined,
    endpoint: undefined,
    lookup: undefined,
    limits: undefined,
    routing: undefined,
    // The engine asks only where there is a function that answers.
    customEndpoint: endpoint !== undefined,
    customLookup: lookup !== undefined,
    asksCredentials: credentials === undefined,
    username: credentials?.username,
    password: credentials?.password,
    tls: tls && { ...tls, checkServerIdentity: undefined, customIdentity: tls.checkServerIdentity !== undefined },
    socketTimeout: socketTimeout ?? 0,
    pump: (transport ?? process.env.OXREDIS_TRANSPORT) === 'pump',
    busyPoll: busyPoll ?? 0,
    tracking: tracking?.map((word) => Buffer.from(word as string)),
    maintRequired: maintNotifications?.required ?? false,
    maintRelaxedCommandTimeout: options.maintRelaxedCommandTimeout ?? 0,
    maintRelaxedSocketTimeout: options.maintRelaxedSocketTimeout ?? 0,
  });
  if (maintNotifications !== undefined) native.maintEndpointType = maintNotifications.endpointType;
  return native;
}
