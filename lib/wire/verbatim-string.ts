/** A RESP3 verbatim string with its format. */
// eslint-disable-next-line @typescript-eslint/no-wrapper-object-types -- it is a String object, as in npm redis
export interface VerbatimString extends String {
  /** The three-character format that the server sent, such as `txt` or `mkd`. */
  format: string;
}

interface VerbatimStringConstructor {
  /**
   * @param format three-character format
   * @param value the text, without the `txt:` prefix of the wire
   */
  new (format: string, value: string): VerbatimString;
  readonly prototype: VerbatimString;
}

let linked = false;

/**
 * The result of mapping `RESP_TYPES.VERBATIM_STRING` to this class: a `String` object with a `format`. `toString()`, comparison
 * with `==` and template literals give the text.
 *
 * The class inherits from `String` only when its first instance is created. As soon as anything inherits from
 * `String.prototype`, V8 no longer inlines string methods: `charCodeAt` takes four times as long in the whole process.
 */
export const VerbatimString = class VerbatimString {
  format!: string;

  constructor(format: string, value: string) {
    if (!linked) {
      linked = true;
      Object.setPrototypeOf(VerbatimString.prototype, String.prototype);
    }
    const text = Reflect.construct(String, [value], new.target) as unknown as VerbatimString;
    text.format = format;
    return text;
  }
} as unknown as VerbatimStringConstructor;
