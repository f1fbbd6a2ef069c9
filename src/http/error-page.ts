import { prefersProblem } from "../files/accept.js";

/**
 * The page of `send_error`: the default of `BaseHTTPRequestHandler.error_message_format`. It is exactly the page of
 * Python 3.14, which uses the browser's light or dark colours.
 *
 * `formatErrorMessage` replaces `%(code)d`, `%(message)s` and `%(explain)s`.
 */
export const DEFAULT_ERROR_MESSAGE: string = `<!DOCTYPE HTML>
<html lang="en">
    <head>
        <meta charset="utf-8">
        <style type="text/css">
            :root {
                color-scheme: light dark;
            }
        </style>
        <title>Error response</title>
    </head>
    <body>
        <h1>Error response</h1>
        <p>Error code: %(code)d</p>
        <p>Message: %(message)s.</p>
        <p>Error code explanation: %(code)s - %(explain)s.</p>
    </body>
</html>
`;

/** The media type of that page: the default of `BaseHTTPRequestHandler.error_content_type`. */
export const DEFAULT_ERROR_CONTENT_TYPE = "text/html;charset=utf-8";

/** The media type of an error for a program (RFC 9457). */
const PROBLEM_CONTENT_TYPE = "application/problem+json";

/**
 * Returns an error for a program: a problem details object (RFC 9457).
 *
 * @param code - the status code
 * @param message - short summary: Python's message
 * @param explain - longer explanation: Python's explanation
 * @returns JSON on one line
 */
export function problemDetails(code: number, message: string, explain: string): string {
  return `${JSON.stringify({ title: message, status: code, detail: explain })}\n`;
}

/** Values for the placeholders of an error page. */
export interface ErrorMessageValues {
  /** The status code, such as `404`. */
  readonly code: number;
  /** The short message; escaped if the page is HTML. */
  readonly message: string;
  /** The longer explanation; escaped if the page is HTML. */
  readonly explain: string;
}

/**
 * Formats an error page: `format % values` in Python.
 *
 * Placeholders are `%(name)s` for each value, and `%(code)d`. `%%` is a percent sign. A `%` in a value has no meaning.
 *
 * @param format - the page with its placeholders; a percent sign in it is doubled (`width: 100%%`)
 * @param values - values for the placeholders, escaped by the caller
 * @returns the page
 * @throws TypeError if the format has an unknown placeholder
 *
 * @example
 * ```ts
 * formatErrorMessage("%(code)d %(message)s\n", { code: 404, message: "Not Found", explain: "" }); // "404 Not Found\n"
 * ```
 */
export function formatErrorMessage(format: string, values: ErrorMessageValues): string {
  return format.replace(/%(?:%|\(([^()]*)\)([a-z])?|.?)/gis, (place, name?: string, conversion?: string) => {
    if (place === "%%") return "%";
    if (name === "code" && (conversion === "d" || conversion === "s")) return String(values.code);
    if ((name === "message" || name === "explain") && conversion === "s") return values[name];
    throw new TypeError(
      `error_message_format: ${JSON.stringify(place)} is not a placeholder. Use %(code)d, %(code)s, ` +
        "%(message)s and %(explain)s, and %% for a percent sign",
    );
  });
}

/** Escapes text between tags in HTML: Python's `html.escape(text, quote=False)`. */
export function escapeMarkup(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** Values and settings for an error page. */
export interface ErrorPageParts extends ErrorMessageValues {
  /** The setting `error_message_format`. */
  readonly format: string;
  /** The setting `error_content_type`. */
  readonly type: string;
  /** Returns the `Accept` field of the request, or `null`. */
  readonly accept: () => string | null;
}

/**
 * Returns the body of an error response.
 *
 * @returns `null` if a response with this status has no body
 */
export function errorPage(parts: ErrorPageParts): ErrorPage | null {
  const { code, message, explain, format, type } = parts;
  if (code < 200 || code === 204 || code === 205 || code === 304) return null;
  const isDefault = format === DEFAULT_ERROR_MESSAGE && type === DEFAULT_ERROR_CONTENT_TYPE;
  const accept = isDefault ? parts.accept() : null;
  const isProblem = prefersProblem(accept);
  const values = { code, message: escapeMarkup(message), explain: escapeMarkup(explain) };
  const content = isProblem ? problemDetails(code, message, explain) : formatErrorMessage(format, values);
  return {
    content,
    fields: [
      ["Content-Type", isProblem ? PROBLEM_CONTENT_TYPE : type],
      ["Content-Length", String(Buffer.byteLength(content))],
      // A client without an `Accept` field gets exactly Python's page.
      ...(accept === null ? [] : [["Vary", "Accept"] as const]),
    ],
  };
}

/** An error page with its fields. */
export interface ErrorPage {
  readonly content: string;
  readonly fields: readonly (readonly [keyword: string, value: string])[];
}
