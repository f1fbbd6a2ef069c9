import type { SimpleHTTPRequestHandler } from "../http/simple-http-request-handler.js";
import type { GivenSettings } from "./options.js";
import { OPTION_LIST } from "./options.js";

/** The class attributes of handlers that options set. */
export type HandlerAttributes = Pick<
  typeof SimpleHTTPRequestHandler,
  | "protocol_version"
  | "health_path"
  | "metrics_path"
  | "keep_alive_timeout"
  | "log_format"
  | "dotfiles"
  | "symlinks"
  | "listing"
  | "spa"
  | "spa_dots"
  | "clean_urls"
  | "base_path"
  | "relative_redirects"
  | "index_pages"
  | "cache_seconds"
  | "stall_timeout"
  | "min_response_rate"
  | "immutable"
  | "no_store"
  | "precompressed"
  | "precompressed_only"
  | "content_encodings"
  | "digests"
  | "compress"
  | "cors"
  | "cors_credentials"
  | "coop_coep"
  | "auth"
  | "allowed_hosts"
  | "extensions_map"
  | "default_content_type"
>;

/**
 * Returns the class attributes that the given options set. All others keep the value of the class.
 *
 * @param auth - the credentials, from any source
 * @param Handler - the class whose table of types is extended
 */
export function handlerAttributes(
  given: GivenSettings,
  auth: string | null,
  Handler: object,
): Partial<HandlerAttributes> {
  const { mime, contentEncodings, quiet, dotfile, dotfiles } = given;
  const { extensions_map, content_encodings } = Handler as Partial<HandlerAttributes>;
  const codings = Object.fromEntries(contentEncodings ?? []);
  return {
    ...plainAttributes(given),
    ...(dotfile !== undefined && dotfiles !== true && { dotfiles: dotfile }),
    ...(mime !== undefined && {
      extensions_map: { ...extensions_map, ...Object.fromEntries(mime) },
    }),
    // The first pattern that matches counts: those that are given go before.
    ...(contentEncodings !== undefined && {
      content_encodings: { ...codings, ...content_encodings, ...codings },
    }),
    ...(given.allowedHosts?.length === 0 && { allowed_hosts: null }),
    ...(auth !== null && { auth }),
    ...(quiet === true && { log_format: "none" }),
  };
}

/** Attributes that have the same value as their option. */
function plainAttributes(given: GivenSettings): Partial<HandlerAttributes> {
  const attributes = OPTION_LIST.flatMap(([name, { attribute }]) => {
    const value = (given as Record<string, unknown>)[name];
    return attribute === undefined || name === "quiet" || value === undefined ? [] : [[attribute, value]];
  });
  return Object.fromEntries(attributes);
}
