import * as net from "node:net";

/** First bytes of each of three slow clients. The last two send another byte now and then. */
const BEGINNINGS = [
  "",
  "GET / HTTP/1.1\r\nA: ",
  "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999\r\n\r\n",
];

/**
 * Opens connections that send a head, content or nothing, a byte each second, and read no response. @returns a function
 * that ends them
 */
export async function openSlowly(port: number, count: number): Promise<() => void> {
  const sockets: net.Socket[] = [];
  for (let opened = 0; opened < count; opened++)
    sockets.push(await open(port, BEGINNINGS[opened % BEGINNINGS.length] ?? ""));
  const drip = setInterval(() => {
    for (const [at, socket] of sockets.entries())
      if (at % BEGINNINGS.length > 0 && socket.writable) socket.write("x");
  }, 1000);
  return () => {
    clearInterval(drip);
    for (const socket of sockets) socket.destroy();
  };
}

/** Resolves with the connection when its beginning is written, or when it is closed. */
async function open(port: number, beginning: string): Promise<net.Socket> {
  const socket = net.connect(port, "127.0.0.1");
  socket.on("error", () => {});
  socket.pause();
  await new Promise<void>((resolve) => {
    socket.once("connect", () => socket.write(beginning, () => resolve()));
    socket.once("close", () => resolve());
  });
  return socket;
}
