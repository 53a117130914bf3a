/**
 * What a reader cannot see, in one place, so that nothing that one way out removes can have broken a secret up before another:
 * controls but tab and newline, zero-width, bidirectional and tag characters, fillers, variation selectors, private code points.
 */
export const INVISIBLE =
  /(?![\t\n])[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u{E0000}-\u{E0FFF}]|\p{Default_Ignorable_Code_Point}|\p{Bidi_Control}/gu;
