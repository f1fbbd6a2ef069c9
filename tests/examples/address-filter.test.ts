import assert from "node:assert/strict";
import { test } from "node:test";
import { FilteringServer, Welcome } from "../../examples/address-filter.js";
import { closeAfter } from "../support/servers.js";

const ROWS: { allowed: string[]; host: string; isServed: boolean }[] = [
  { allowed: [], host: "127.0.0.1", isServed: false },
  { allowed: ["127.0.0.1"], host: "127.0.0.1", isServed: true },
  { allowed: ["127.0.0.1"], host: "127.0.0.2", isServed: false },
  { allowed: ["10.0.0.0/8", "192.168.1.0/24"], host: "192.168.1.255", isServed: true },
  { allowed: ["10.0.0.0/8", "192.168.1.0/24"], host: "192.168.2.1", isServed: false },
  { allowed: ["fd00::/8"], host: "fd12::1", isServed: true },
  { allowed: ["fd00::/8"], host: "fe80::1", isServed: false },
  { allowed: ["127.0.0.1"], host: "::1", isServed: false },
];

for (const { allowed, host, isServed } of ROWS) {
  test(`a server for ${allowed.join(" and ") || "nobody"} ${isServed ? "serves" : "refuses"} ${host}`, (t) => {
    const server = closeAfter(t, new FilteringServer(["localhost", 0], Welcome));
    for (const network of allowed) server.allow(network);
    assert.equal(server.verify_request(undefined as never, [host, 1]), isServed);
  });
}
