import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import os, { type NetworkInterfaceInfo } from "node:os";
import test, { type TestContext } from "node:test";
import { findHost, ownAddresses, ownNames } from "#src/http/listen-address.js";
import { selfSignedCertificate } from "#src/tls/self-signed-certificate.js";

const LOOPBACK = ["localhost", "127.0.0.1", "::1"];

test("`ownNames` returns localhost, the host name and the addresses without a zone", (t) => {
  machine(t, "Box.example.test", { eth0: [ipv4("192.0.2.7"), ipv6("2001:db8::7"), ipv6("fe80::7", 2)] });
  assert.deepEqual(ownNames(), [...LOOPBACK, "box.example.test", "192.0.2.7", "2001:db8::7"]);
});

for (const hostName of ["", "my_pc", "123456789012", "bücher", "localhost"]) {
  test(`A certificate has localhost and the addresses, each once, where the host name is ${JSON.stringify(hostName)}`, (t) => {
    machine(t, hostName, {
      lo: [ipv4("127.0.0.1"), ipv6("::1")],
      eth0: [ipv4("192.0.2.7"), ipv6("fe80::7", 2)],
      eth1: [ipv4("192.0.2.7")],
    });
    const { cert } = selfSignedCertificate(ownNames());
    assert.equal(
      new X509Certificate(cert).subjectAltName,
      "DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, IP Address:192.0.2.7",
    );
  });
}

test("`ownAddresses` returns the addresses for other machines", (t) => {
  const lo = { ...ipv4("127.0.0.1"), internal: true };
  machine(t, "box", { lo: [lo], eth0: [ipv4("192.0.2.7"), ipv6("2001:db8::7"), ipv6("fe80::7", 2)] });
  assert.deepEqual(ownAddresses(true), ["192.0.2.7", "2001:db8::7"]);
  assert.deepEqual(ownAddresses(false), ["192.0.2.7"]);
});

test("If the system does not report its addresses, a certificate has the host name and localhost", async (t) => {
  machine(t, "phone", () => {
    throw new Error("uv_interface_addresses returned Unknown system error 13");
  });
  assert.deepEqual(ownNames(), [...LOOPBACK, "phone"]);
  assert.deepEqual(ownAddresses(true), []);
  assert.deepEqual(await findHost(null), { family: "AF_INET", host: "0.0.0.0" });
});

type Interfaces = Record<string, NetworkInterfaceInfo[]>;

function machine(t: TestContext, hostname: string, interfaces: Interfaces | (() => Interfaces)): void {
  t.mock.method(os, "hostname", () => hostname);
  t.mock.method(os, "networkInterfaces", () =>
    typeof interfaces === "function" ? interfaces() : interfaces,
  );
}

function ipv4(address: string): NetworkInterfaceInfo {
  return { family: "IPv4", address, ...INTERFACE };
}

function ipv6(address: string, scopeid = 0): NetworkInterfaceInfo {
  return { family: "IPv6", address, scopeid, ...INTERFACE };
}

const INTERFACE = { netmask: "", mac: "00:00:00:00:00:00", internal: false, cidr: null } as const;
