/**
 * A RESP3 verbatim string with its format, the result of mapping `RESP_TYPES.VERBATIM_STRING` to this class.
 *
 * It is a `String` object: `toString()`, comparison with `==` and template literals give the text.
 */
export class VerbatimString extends String {
  /** The three-character format that the server sent, such as `txt` or `mkd`. */
  format: string;

  /**
   * @param format three-character format
   * @param value the text, without the `txt:` prefix of the wire
   */
  constructor(format: string, value: string) {
    super(value);
    this.format = format;
  }
}
