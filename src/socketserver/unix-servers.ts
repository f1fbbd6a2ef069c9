import type { Socket } from "node:net";
import { type AddressFamily, AF_UNIX, checkFamily, type UnixAddress } from "./addresses.js";
import type { Endpoint } from "./listen.js";
import { TCPServer } from "./tcp-server.js";

// Longest path that fits into the system's `sun_path` with a final NUL; 104 bytes on the BSDs and on macOS. Windows has
// pipes.
const LONGEST_PATH = { linux: 107, win32: Number.POSITIVE_INFINITY }[process.platform as string] ?? 103;

/**
 * Serves connections to a Unix socket, one after another. Python's `socketserver.UnixStreamServer`.
 *
 * The address is a path. Unlike in Python, `server_close` removes the path. If a killed server has left a path behind, remove it first, as in Python. On Windows, the path is the name of a pipe, `\\.\pipe\name`.
 *
 * The handlers' `client_address` is `""`, because clients have no path. The permissions of the file decide who may
 * connect.
 *
 * @typeParam Args - type of the last argument of its handlers' constructor; inferred from the handler class
 */
export class UnixStreamServer<Args extends object = object> extends TCPServer<UnixAddress, Args> {
  static override address_family: AddressFamily = AF_UNIX;

  protected override bind_endpoint(): Endpoint {
    checkFamily(this.address_family, AF_UNIX);
    const path = this.server_address;
    if (typeof path !== "string" || path === "") {
      throw new TypeError(`The server address must be a path, not ${JSON.stringify(path)}.`);
    }
    // Older versions of Node truncate it, and listen elsewhere.
    if (Buffer.byteLength(path) > LONGEST_PATH) {
      throw new RangeError(
        `The path of a socket must have at most ${LONGEST_PATH} bytes. This one is longer: ${path}`,
      );
    }
    return { path };
  }

  /**
   * Returns the address of the peer, which has no path.
   *
   * @param _request - the connection
   * @returns `""`
   */
  protected override address_of(_request: Socket): UnixAddress {
    return "";
  }
}
