/** What the server is told with `CLIENT SETINFO`. A unit test holds the version to package.json's. */

export const LIBRARY_NAME = 'oxredis';
export const LIBRARY_VERSION = '6.3.0';
