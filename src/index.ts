/**
 * Python's `socketserver` and `http.server` for Node.js: everything public, in one place.
 *
 * @module pyserve
 */

export * from "./socketserver/index.js";
export * from "./http/index.js";
