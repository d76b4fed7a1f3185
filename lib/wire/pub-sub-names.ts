/** Which commands the server answers with pub/sub acknowledgements instead of replies. */

const SHORTEST = 'SUBSCRIBE'.length;
const LAST_LETTER = 'e'.charCodeAt(0);
const LOWER_CASE = 0x20;

const PUB_SUB = /^[ps]?(un)?subscribe$/i;

/** Whether the name is SUBSCRIBE or a related command, in upper or lower case. The length rules out nearly all other names. */
export function isPubSubName(name: string): boolean {
  const { length } = name;
  return length >= SHORTEST && (name.charCodeAt(length - 1) | LOWER_CASE) === LAST_LETTER && PUB_SUB.test(name);
}
