import { isMainThread } from "node:worker_threads";

/**
 * The first file of a thread or of a process, for bundles: `pyserve/worker`. Built beside a bundle as
 * `pyserve-worker.js`, it replaces `thread.js` and `process.js`.
 */

if (isMainThread) void import("./process.js");
else void import("./thread.js");
