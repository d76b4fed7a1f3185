/** Which commands the server answers with acknowledgements. */

const SHORTEST = 'SUBSCRIBE'.length;
const LAST_LETTER = 'e'.charCodeAt(0);
const LOWER_CASE = 0x20;

const PUB_SUB = /^[ps]?(un)?subscribe$/i;

/** Whether this is SUBSCRIBE or one of its kin, in any case of letters. Nearly every other name is told apart by its length. */
export function isPubSubName(name: string): boolean {
  const { length } = name;
  return length >= SHORTEST && (name.charCodeAt(length - 1) | LOWER_CASE) === LAST_LETTER && PUB_SUB.test(name);
}
