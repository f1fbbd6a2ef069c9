// @ts-check

/**
 * A whole response, always the same but for its date: that has to be right, as every other peer's is; they too make it once a
 * second.
 *
 * @param {number} status
 * @param {readonly string[]} fields - besides `Date`
 * @param {string} body - of ASCII alone
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
