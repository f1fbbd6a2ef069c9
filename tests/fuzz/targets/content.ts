import { bytesOf } from "../../support/protocol-rows.js";
import { holds as parserHolds } from "./parser.js";

const HEAD = bytesOf("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");

/** Checks the properties of a request also for its content, which has most of the framing. */
export function holds(bytes: Buffer): void {
  parserHolds(Buffer.concat([HEAD, bytes]));
}
