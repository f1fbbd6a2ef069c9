// @ts-check

/**
 * A complete response that is always the same, except its date. The date must be correct, as for all other peers, which
 * also format it once a second.
 *
 * @param {number} status
 * @param {readonly string[]} fields - besides `Date`
 * @param {string} body - ASCII only
 * @param {"keep-alive" | "close"} connection
 */
export function constantReply(status, fields, body = "", connection = "keep-alive") {
  const compose = () =>
    [
      `HTTP/1.1 ${status} ${status === 200 ? "OK" : "Not Modified"}`,
      `Date: ${new Date().toUTCString()}`,
      ...fields,
      `Connection: ${connection}`,
      "",
      body,
    ].join("\r\n");
  const reply = { text: compose() };
  setInterval(() => {
    reply.text = compose();
  }, 1000);
  return reply;
}

/**
 * Returns the response to `hello`.
 *
 * @param {"keep-alive" | "close"} [connection]
 */
export function constantGreeting(connection) {
  const body = "Hello from /hello\n";
  const fields = ["Content-Type: text/plain; charset=utf-8", `Content-Length: ${Buffer.byteLength(body)}`];
  return constantReply(200, fields, body, connection);
}
