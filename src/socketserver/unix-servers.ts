import type { Socket } from "node:net";
import { type AddressFamily, AF_UNIX, checkFamily, type UnixAddress } from "./addresses.js";
import type { Endpoint } from "./listen.js";
import { TCPServer } from "./tcp-server.js";

// What fits into the system's `sun_path` with a NUL behind it; 104 bytes on the BSDs, and on macOS. Windows has pipes.
const LONGEST_PATH = { linux: 107, win32: Number.POSITIVE_INFINITY }[process.platform as string] ?? 103;

/**
 * Serves connections to a socket in the file system, one after the other. Python's `socketserver.UnixStreamServer`.
 *
 * The address is a path. A path that is left over from a server that did not end well must be removed first, as in Python;
 * other than there, `server_close` removes the path. On Windows the path is the name of a pipe, `\\.\pipe\name`.
 *
 * The handlers' `client_address` is `""`, since clients have no path of their own. What may connect is what the file's
 * permissions say.
 *
 * @typeParam Args - what the constructor of its handlers takes as its last argument; known by the handler's class
 */
export class UnixStreamServer<Args extends object = object> extends TCPServer<UnixAddress, Args> {
  static override address_family: AddressFamily = AF_UNIX;

  protected override bind_endpoint(): Endpoint {
    checkFamily(this.address_family, AF_UNIX);
    const path = this.server_address;
    if (typeof path !== "string" || path === "") {
      throw new TypeError(`The server address must be a path, not ${JSON.stringify(path)}.`);
    }
    // Older Nodes cut it off, and listen elsewhere.
    if (Buffer.byteLength(path) > LONGEST_PATH) {
      throw new RangeError(
        `The path of a socket has at most ${LONGEST_PATH} bytes, and this one is longer: ${path}`,
      );
    }
    return { path };
  }

  /**
   * Who is at the other end: nobody with a path.
   *
   * @param _request - the connection
   * @returns `""`
   */
  protected override address_of(_request: Socket): UnixAddress {
    return "";
  }
}
