/**
 * Values that settings of handlers may have. The command checks its options by the same rules.
 *
 * @module
 */

import { isIP } from "node:net";
import { isFieldValue, isToken } from "../http1/grammar.js";
import type { Rule } from "../socketserver/settings.js";

export { type Rule, settingsOf } from "../socketserver/settings.js";

/** Returns a rule that allows texts for which a function returns true. */
const text = (allowed: string, allows: (value: string) => boolean): Rule => ({
  allowed,
  allows: (value) => typeof value === "string" && allows(value),
});

/** A name of a file, without a path. */
export const FILE_NAME: Rule = text(
  "the name of a file",
  (name) => /^[^/\\\0]+$/.test(name) && name !== "." && name !== "..",
);

/** A pattern for paths. */
export const GLOB: Rule = text("a pattern such as assets/**", isGlob);

/** Values of `dotfiles`. */
export const DOT_FILES: Rule = {
  allowed: "true, false, or an array of patterns for names that begin with a dot, such as .z*",
  allows: (value) => typeof value === "boolean" || (Array.isArray(value) && value.every(DOT_PATTERN.allows)),
};

/** A pattern for names that begin with a dot. */
export const DOT_PATTERN: Rule = text(
  "a pattern for names that begin with a dot, such as '.z*'",
  (pattern) => pattern.startsWith(".") && !pattern.includes("/") && isGlob(pattern),
);

/** The path of the URLs below which all files are served; `""` for the root. */
export const BASE_PATH: Rule = text(
  "a path such as /docs",
  (path) => path === "" || /^(?:\/(?!\.{1,2}(?:\/|$))[\w.~!$&'()*+,;=:@%-]+)*\/?$/.test(path),
);

/** The path of a target that the server answers itself. */
export const TARGET_PATH: Rule = text(
  "a path such as /healthz",
  (path) => /^\/[!-~]+$/.test(path) && !/[?#]/.test(path),
);

/** An origin (RFC 6454 §6.2); `*` for all. */
const ORIGIN: Rule = text(
  "* or an origin such as https://example.com",
  (origin) => origin === "*" || origin === "null" || originOf(origin) === origin,
);

/** Values of `cors`, other than `null`. */
export const ORIGINS: Rule = {
  allowed: ORIGIN.allowed,
  allows: (value) =>
    Array.isArray(value)
      ? value.every((origin) => ORIGIN.allows(origin) && (origin !== "*" || value.length === 1))
      : ORIGIN.allows(value),
};

/** A user and a password, `user:password` (RFC 7617 §2). */
export const CREDENTIALS: Rule = {
  ...text("a user, a colon and a password", (value) => /^[^:\x00-\x1f\x7f]+:[^\x00-\x1f\x7f]+$/.test(value)),
  isSecret: true,
};

/** A host name that clients may use for the server, without a port. */
export const HOST_NAME: Rule = text(
  "a host name",
  (name) => /^[\w.*-]+$/.test(name) || (/^\[.*\]$/.test(name) ? isIP(name.slice(1, -1)) : isIP(name)) === 6,
);

/** A media type, `type/subtype`, with or without parameters (RFC 9110 §8.3.1). */
export const MEDIA_TYPE: Rule = text("a media type such as text/plain", (value) => {
  const [type = "", subtype = "", ...more] = (value.split(";", 1)[0] ?? "").trimEnd().split("/");
  return isToken(type) && isToken(subtype) && more.length === 0 && isFieldValue(value);
});

function isGlob(value: string): boolean {
  return value !== "" && !/[\x00-\x1f]/.test(value);
}

function originOf(value: string): string | null {
  return URL.canParse(value) ? new URL(value).origin : null;
}
