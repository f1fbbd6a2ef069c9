// @ts-check
import { once } from "node:events";
import { connect } from "node:net";

/**
 * A connection that stays open, with one request at a time. It does not use `node:http`, which would silently open
 * another one.
 */
export class KeptConnection {
  #received = "";
  #settle = () => {};
  /** @type {import("node:net").Socket} */
  #socket;

  /** @param {import("node:net").Socket} socket */
  constructor(socket) {
    this.#socket = socket;
    socket.setEncoding("latin1").on("data", (text) => {
      this.#received += text;
      this.#settle();
    });
    socket.on("error", () => {});
    socket.on("close", () => this.#settle());
  }

  /**
   * @param {number} port - on 127.0.0.1
   * @returns {Promise<KeptConnection>}
   */
  static async open(port) {
    const socket = connect({ host: "127.0.0.1", port, noDelay: true });
    await once(socket, "connect");
    return new KeptConnection(socket);
  }

  /**
   * @param {string} path
   * @returns {Promise<string | null>} the content of the response; `null` if the connection ends instead
   */
  ask(path) {
    this.#received = "";
    this.#socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
    return new Promise((resolve) => {
      this.#settle = () => {
        const content = contentOf(this.#received);
        if (content !== undefined) resolve(content);
        else if (this.#socket.closed) resolve(null);
      };
      this.#settle();
    });
  }

  /** Closes it, unless it is closed already. */
  async close() {
    this.#socket.destroy();
    if (!this.#socket.closed) await once(this.#socket, "close");
  }
}

/**
 * Returns the content of a complete response. All these servers send `Content-Length`.
 *
 * @param {string} text
 * @returns {string | undefined}
 */
function contentOf(text) {
  const headEnd = text.indexOf("\r\n\r\n");
  if (headEnd < 0) return undefined;
  if (!text.startsWith("HTTP/1.1 200 ")) throw new Error(`a wrong answer: ${text}`);
  const length = Number(/\r\ncontent-length: (\d+)\r\n/i.exec(text)?.[1]);
  const content = text.slice(headEnd + 4);
  return content.length >= length ? content : undefined;
}
