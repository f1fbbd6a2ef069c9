import { join } from "node:path";
import { asksForHtml } from "../files/accept.js";
import { decompressor } from "../files/compressed-file.js";
import { openContent, type ServedFile } from "../files/content.js";
import type { TreeFile } from "../files/file-tree.js";
import { lookUpDirectory } from "../files/look-up.js";
import { splitExtension } from "../files/media-type.js";
import { negotiateCoded, plainChoice } from "../files/negotiation.js";
import { isShownName, joinBelow, resolveUrlPath } from "../files/resolve-url-path.js";
import { splitTarget } from "../files/url-path.js";
import { type Awaitable, after } from "../io/awaitable.js";
import { closingOnError, fieldValue } from "./content-sending.js";
import { FileReply } from "./file-reply.js";
import { type FileHandler, type SiteFiles, withoutBase, withSlash } from "./site-files.js";

/**
 * Answers a request for a missing file: with a precompressed file, the page of an application, or the 404 page.
 *
 * @param path - result of `translate_path`
 * @returns the body; `null` if the response is complete
 */
export function sendMissing(files: SiteFiles, path: string): Awaitable<ServedFile | null> {
  const { handler } = files;
  if (!handler.precompressed_only || path.endsWith("/") || path.includes("\0"))
    return sendNoFile(files, path);
  const offer = { tree: files.tree, acceptEncoding: fieldValue(handler.headers, "Accept-Encoding") };
  const choice = negotiateCoded(path, offer, (coding) => decompressor(coding) !== undefined);
  return after(choice, (chosen) => {
    if (chosen === undefined) return sendNoFile(files, path);
    if (chosen === null) return files.refuse(406);
    return new FileReply(files, chosen, path).sendChosen();
  });
}

function sendNoFile(files: SiteFiles, path: string): Awaitable<ServedFile | null> {
  const { handler } = files;
  if (path.endsWith("\0")) tellOfHidden(files);
  if (!isRoute(handler, path)) return sendNotFound(files);
  const noRoute = () => {
    files.fieldsOfError = [["Vary", "Accept"]];
    return sendNotFound(files);
  };
  if (!asksForHtml(fieldValue(handler.headers, "Accept"))) return noRoute();
  return after(lookUpDirectory(withSlash(handler.directory), files), (index) =>
    index.kind === "file"
      ? new FileReply(files, plainChoice(index.file, index.path), index.path, "Accept").send()
      : noRoute(),
  );
}

/**
 * True if a path can be a route of the application. A path that `translate_path` has refused can't: it contains NUL.
 */
function isRoute({ spa, spa_dots }: FileHandler, path: string): boolean {
  return spa && !path.includes("\0") && (spa_dots || splitExtension(path)[1] === "");
}

/**
 * Reports once that an existing file is not served because its name begins with a dot. A data format may need this
 * file.
 */
function tellOfHidden(files: SiteFiles): void {
  const { handler } = files;
  const { dotfiles } = handler;
  const resolved = resolveUrlPath(handler.path, { dotfiles: true });
  const segments = resolved.kind === "path" ? withoutBase(resolved.segments, handler.base_path) : undefined;
  if (segments === undefined || dotfiles === true) return;
  const name = segments.find((segment) => !isShownName(segment, "below", dotfiles));
  const tell = (facts: unknown) => {
    if (facts === null || facts === undefined || name === undefined || !files.site.isNews("dotfiles")) return;
    const path = JSON.stringify(splitTarget(handler.path).path);
    const pattern = JSON.stringify(name);
    handler.log_error(
      "%s",
      `${path} exists, but is not served, because its name begins with a dot. To serve such files, use --dotfiles, or --dotfiles ${pattern} for this name only; in a class, set dotfiles.`,
    );
  };
  // Not awaited. A file that can't be checked counts as missing.
  Promise.resolve(files.tree.look?.(joinBelow(handler.directory, segments))).then(tell, () => {});
}

function sendNotFound(files: SiteFiles): Awaitable<ServedFile | null> {
  const { directory, not_found_page } = files.handler;
  if (not_found_page === null) return files.refuse(404, "File not found");
  const path = join(directory, not_found_page);
  return after(files.find(path), (found) =>
    found.kind === "file" ? sendPage(files.handler, found, path) : files.refuse(404, "File not found"),
  );
}

function sendPage(handler: FileHandler, { content, facts }: TreeFile, path: string): Awaitable<ServedFile> {
  const page = openContent(content, facts.size);
  return closingOnError(page, () => {
    if (handler.log_format === "python") handler.log_error("code %d, message %s", 404, "File not found");
    handler.send_response(404, "File not found");
    handler.send_default_headers([
      ["Content-type", handler.guess_type(path)],
      ...(facts.size === null ? [] : [["Content-Length", String(facts.size)] as const]),
    ]);
    handler.end_headers();
    return page;
  });
}
