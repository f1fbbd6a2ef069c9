import assert from "node:assert/strict";
import type { NetworkInterfaceInfo } from "node:os";
import test from "node:test";
import { type NamingSystem, ownNames } from "#src/tls/own-names.js";
import { selfSignedCertificate } from "#src/tls/self-signed-certificate.js";

const LOOPBACK = ["localhost", "127.0.0.1", "::1"];

test("`ownNames` gives localhost, the host name and the addresses, each once", () => {
  const system = machine("Box.example.test", {
    lo: [ipv4("127.0.0.1"), ipv6("::1")],
    eth0: [ipv4("192.0.2.7"), ipv6("2001:db8::7"), ipv6("fe80::7", 2)],
    eth1: [ipv4("192.0.2.7")],
  });
  assert.deepEqual(ownNames(system), [...LOOPBACK, "box.example.test", "192.0.2.7", "2001:db8::7"]);
});

test("`ownNames` leaves an address out that needs a zone", () => {
  assert.deepEqual(ownNames(machine("localhost", { eth0: [ipv6("fe80::1", 2)] })), LOOPBACK);
});

for (const hostName of ["", "my_pc", "123456789012", "bücher"]) {
  test(`\`ownNames\` leaves the host name ${JSON.stringify(hostName)} out`, () => {
    assert.deepEqual(ownNames(machine(hostName, {})), LOOPBACK);
  });
}

test("`ownNames` does without addresses where the system does not tell them", () => {
  const system: NamingSystem = {
    hostname: () => "phone",
    networkInterfaces: () => {
      throw new Error("uv_interface_addresses returned Unknown system error 13");
    },
  };
  assert.deepEqual(ownNames(system), [...LOOPBACK, "phone"]);
});

test("`ownNames` of this machine are all good for a certificate", () => {
  const names = ownNames();
  assert.deepEqual(names.slice(0, 3), LOOPBACK);
  assert.doesNotThrow(() => selfSignedCertificate(names));
});

function machine(hostname: string, interfaces: Record<string, NetworkInterfaceInfo[]>): NamingSystem {
  return { hostname: () => hostname, networkInterfaces: () => interfaces };
}

function ipv4(address: string): NetworkInterfaceInfo {
  return { family: "IPv4", address, ...INTERFACE };
}

function ipv6(address: string, scopeid = 0): NetworkInterfaceInfo {
  return { family: "IPv6", address, scopeid, ...INTERFACE };
}

const INTERFACE = { netmask: "", mac: "00:00:00:00:00:00", internal: false, cidr: null } as const;
