// @ts-check

const body = "Hello from /hello\n";

/** A whole response, always the same but for its date: that has to be right, as every other peer's is; they too make it once a second. */
export function constantReply() {
  const reply = { text: compose() };
  setInterval(() => {
    reply.text = compose();
  }, 1000);
  return reply;
}

function compose() {
  return [
    "HTTP/1.1 200 OK",
    `Date: ${new Date().toUTCString()}`,
    "Content-Type: text/plain; charset=utf-8",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Connection: keep-alive",
    "",
    body,
  ].join("\r\n");
}
