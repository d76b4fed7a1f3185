/** The library name and version sent with `CLIENT SETINFO`. A unit test compares the version with package.json. */

export const LIBRARY_NAME = 'oxredis';
export const LIBRARY_VERSION = '6.3.0';
