/** A part of a comment, as TypeDoc writes it in JSON. */
interface Comment {
  readonly blockTags?: readonly { readonly tag: string }[];
}

interface Type {
  readonly name?: string;
  readonly typeArguments?: readonly Type[];
}

interface Parameter {
  readonly name: string;
  readonly comment?: Comment;
}

interface Signature {
  readonly comment?: Comment;
  readonly parameters?: readonly Parameter[];
  readonly type?: Type;
  readonly inheritedFrom?: unknown;
}

/** A name, as TypeDoc writes it in JSON. */
export interface Reflection {
  readonly name: string;
  readonly children?: readonly Reflection[];
  readonly signatures?: readonly Signature[];
  readonly inheritedFrom?: unknown;
}

/** Return types that need no description. */
const NOTHING = new Set(["void", "never", "undefined"]);

/** The parameters and results that no comment describes: `TCPServer.address_of: @returns`. */
export function gapsIn(
  { name, children = [], signatures = [] }: Reflection,
  path: readonly string[] = [],
): string[] {
  const here = [...path, name];
  const own = signatures
    .filter(({ inheritedFrom }) => inheritedFrom === undefined)
    .flatMap((signature) =>
      gapsOf(signature, name === "constructor").map((gap) => `${here.slice(2).join(".")}: ${gap}`),
    );
  const below = children.filter(({ inheritedFrom }) => inheritedFrom === undefined);
  return [...own, ...below.flatMap((child) => gapsIn(child, here))];
}

function gapsOf({ comment, parameters = [], type }: Signature, isConstructor: boolean): string[] {
  const tags = new Set(comment?.blockTags?.map(({ tag }) => tag));
  const gaps = parameters
    .filter((parameter) => parameter.comment === undefined)
    .map((parameter) => `@param ${parameter.name}`);
  const isSilent = isConstructor || givesNothing(type) || tags.has("@returns");
  return isSilent ? gaps : [...gaps, "@returns"];
}

/** Or a promise of nothing. */
function givesNothing({ name = "", typeArguments: [inner] = [] }: Type = {}): boolean {
  return (
    NOTHING.has(name) || (inner !== undefined && /^(?:Promise|Awaitable)$/.test(name) && givesNothing(inner))
  );
}
