/**
 * Python's `http.server`: HTTP servers, and the handlers of their requests.
 *
 * @module http/server
 */

export { CodedError, OptionError } from "../errors/coded-error.js";
export type { ContentCoding } from "../files/accept.js";
export type { ContentCodings } from "../files/coded-variant.js";
export type { SymlinkPolicy } from "../files/containment.js";
export type { Content, ContentPart, ContentReader, OpenContent, ServedFile } from "../files/content.js";
export { Directory, type DirectoryOptions } from "../files/directory.js";
export type { FileFacts, FileTree, Found, Listed, TreeFile } from "../files/file-tree.js";
export type { ListingEntry } from "../files/listing.js";
export { MemoryTree } from "../files/memory-tree.js";
export type { OpenFailure } from "../files/open-file.js";
export type { DotFiles } from "../files/resolve-url-path.js";
export { type FieldLines, HTTPMessage } from "../http1/message.js";
export { ProtocolError, type ProtocolErrorCode } from "../http1/protocol-error.js";
export { type FieldBlock, type FieldLine, fieldBlock } from "../http1/response-head.js";
export type { InetAddress } from "../socketserver/addresses.js";
export type { OneOf } from "../socketserver/settings.js";
export { escapeControls, formatMessage } from "./access-log.js";
export { BaseHTTPRequestHandler } from "./base-http-request-handler.js";
export type { RequestEvent, ResponseEvent, ResponseOutcome } from "./channels.js";
export type { ContentOptions } from "./content-options.js";
export { CertificateError } from "./credentials.js";
export { DirectoryError } from "./directory-error.js";
export { DEFAULT_ERROR_CONTENT_TYPE, DEFAULT_ERROR_MESSAGE } from "./error-page.js";
export type { HeaderFields } from "./extra-headers.js";
export type { HTTPHandlerClass } from "./http-handler-class.js";
export { HTTPServer, ThreadingHTTPServer } from "./http-server.js";
export { HTTPSServer, type HTTPSServerOptions, ThreadingHTTPSServer } from "./https-server.js";
export type { ListenAddress, PortAddress } from "./listen-address.js";
export type { LogFormat } from "./log-formats.js";
export type { HTTPServerStats, RequestCounts } from "./request-meter.js";
export { ResponseError, type ResponseErrorCode } from "./response.js";
export { type RunOptions, run } from "./run.js";
export {
  SimpleHTTPRequestHandler,
  type SimpleHTTPRequestHandlerArgs,
} from "./simple-http-request-handler.js";
export { HTTPStatus } from "./status.js";
