/**
 * Python's `socketserver` and `http.server` for Node.js: everything public, in one place.
 *
 * @module pyserve
 */

export * from "./http/index.js";
export * from "./socketserver/index.js";
