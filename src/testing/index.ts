/**
 * Test kit: starts a server for one test, and runs handlers on bytes.
 *
 * ```ts
 * import { startServer } from "pyserve/testing";
 *
 * await using server = await startServer(Handler);
 * const response = await fetch(`${server.url}/hello`);
 * ```
 *
 * @module testing
 */

export type { HandlerClassFor, RecordOf, TestedHandler } from "./handler-types.js";
export type { RecordedInput, RecordedRequest } from "./journal.js";
export type { SentBytes } from "./memory-connection.js";
export type { ServerClass } from "./observed-server.js";
export type { ParsedReply } from "./parse-replies.js";
export {
  type HandlerRun,
  type HTTPHandlerRun,
  type RunHandlerOptions,
  type RunOf,
  runHandler,
} from "./run-handler.js";
export {
  type Fault,
  type Reply,
  type ScriptedReply,
  type ScriptedRequest,
  scriptedHandler,
} from "./scripted-handler.js";
export type { Protocol } from "./server-classes.js";
export { type StartServerOptions, startServer, type WithCertificate } from "./start-server.js";
export { TestServer } from "./test-server.js";
