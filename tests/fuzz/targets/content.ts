import { bytesOf } from "../../support/protocol-rows.js";
import { holds as parserHolds } from "./parser.js";

const HEAD = bytesOf("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");

/** What holds of a request holds for its content too, which is where most framing is. */
export function holds(bytes: Buffer): void {
  parserHolds(Buffer.concat([HEAD, bytes]));
}
