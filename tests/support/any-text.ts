import fc, { type Arbitrary, type StringSharedConstraints } from "fast-check";

// Code points without surrogates. Not `unit: "binary"`, which is the same: fast-check makes a table of them first, for a second.
const anyCharacter = fc.nat({ max: 0x10ffff - 0x800 }).map(
  (index) => String.fromCodePoint(index < 0xd800 ? index : index + 0x800),
  (character) => {
    const point = (character as string).codePointAt(0) as number;
    return point < 0xd800 ? point : point - 0x800;
  },
);

/** Strings of any characters of Unicode. */
export function anyText(constraints: StringSharedConstraints = {}): Arbitrary<string> {
  return fc.string({ ...constraints, unit: anyCharacter });
}
