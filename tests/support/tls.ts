import { execFileSync } from "node:child_process";
import { createPrivateKey } from "node:crypto";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { join } from "node:path";
import type { TestContext } from "node:test";
import * as tls from "node:tls";
import {
  type HTTPHandlerClass,
  HTTPSServer,
  type HTTPSServerOptions,
  ThreadingHTTPSServer,
} from "pyserve/http/server";
import { type SelfSignedCertificate, selfSignedCertificate } from "#src/tls/self-signed-certificate.js";
import { temporaryDirectory } from "./file-server.js";
import { Fixture, RawClient } from "./http.js";

const NAMES = ["localhost", "127.0.0.1", "::1"];

/** Default certificate of the servers in tests. */
export const CERTIFICATE: SelfSignedCertificate = selfSignedCertificate(NAMES);

/** Another one, for the same names. */
export const OTHER_CERTIFICATE: SelfSignedCertificate = selfSignedCertificate(NAMES);

/** A certificate for `localhost` and its key in PKCS #12, encrypted with "secret". Valid until 2126. */
export const PFX: Buffer = Buffer.from(
  [
    "MIIELAIBAzCCA+IGCSqGSIb3DQEHAaCCA9MEggPPMIIDyzCCAoIGCSqGSIb3DQEHBqCCAnMwggJvAgEAMIICaAYJKoZIhvcNAQcB",
    "MFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAg2n922J4vmQgICCAAwDAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEDgC",
    "j4yqTYlm5F76al00DGWAggIAe8drE3LxfvDhkc7rDaNmAb1KuDz5iosTvqct/pU8MnlGsvraIaDc/Vqa3wkxCVeTBY1EkZxUfvXp",
    "jq/v0Erd+rdCG/pLYJktN7XqWSZcz7axlJGAqyDxeAIrNaX2Q7obPnzWNOu5B+4NI/SHJiayCpUpbuxZtffc4HBKgOSnlOx851kg",
    "DX6u3hdbMZDFg6Em6PPT3au7JTRzcH5r/y2pP66w1uFF0HnyadeJO5rf8iXoEIvB3uHWjMPXgY5p4vtg0dLg4gWmgyzVLPE2torp",
    "ruM4yecIivVAwX0YQ1Dz4zkzYF4F3z2tSwgMN49Loxw1/TcSGr751VdFy/mpVzLi2zSANYKVd7MPplIwyv3ZWP/Doe0hTUZXgcQe",
    "8fEBRpXtRwkl5Pk91+UXbVp79QRrsEZputoCXSdgbgO0bwScJx0n8s/WxeMHo/YdrtE85NvPlWfI7WAA6/1o8G/jWCq0SxeBmqV1",
    "GPFf8+GSWRFqftGi+O0C61dBtautvShzGbgkl/7iX+qMzGGT4xzvfr32OI4+7kerY8DvJ/qopVypdzWb43GmUJO0LxC46gowAs0E",
    "WkVQIzylQ+mz/ofU2BqoAzzqYPFlOIj19cwVGF9AsI5fc1K8eltCcu8Z/0M9R4rgLqCXIyXWLqZbZoL0ooPtbOMccbfAUL70u6pA",
    "21LXF6QwggFBBgkqhkiG9w0BBwGgggEyBIIBLjCCASowggEmBgsqhkiG9w0BDAoBAqCB7zCB7DBXBgkqhkiG9w0BBQ0wSjApBgkq",
    "hkiG9w0BBQwwHAQIH8oArCgVQfkCAggAMAwGCCqGSIb3DQIJBQAwHQYJYIZIAWUDBAEqBBC5OgxEaW00A9uF5YdgdQ1bBIGQR0GO",
    "c4TjkQEo2yNEB9lnjdmuySmcxm1kfEL9ACBVrhkCtqAKdxJY4PvdNF/P7GWkfoSj2JToav7D5n8X4GV68WtTa34m8iqorvbnb5gH",
    "5bEaixAA03nf3uaWcX+npF0CRC5BGgk/8+oq0Us0zV/1dzmacBODGXTvgT3GPjH49OLMR4rImrn2rW3V/dYe8tn2MSUwIwYJKoZI",
    "hvcNAQkVMRYEFLzI2/PO9GEHC0yBLGU2gZ6WJOoxMEEwMTANBglghkgBZQMEAgEFAAQgy4nHYXYzv5Q/Ya52qvaXgh6Oo6zNJe7R",
    "6q/RWOXmRRIECBJ4Cz5LlMQZAgIIAA==",
  ].join(""),
  "base64",
);

/** A client's self-signed certificate. A server trusts it by `ca`. Valid until 2126. */
export const ALICE = {
  cert: [
    "-----BEGIN CERTIFICATE-----",
    "MIIBjDCCATKgAwIBAgIUGAs3E3WXtRfGMhyx3isxW3nRHrswCgYIKoZIzj0EAwIw",
    "EDEOMAwGA1UEAwwFYWxpY2UwIBcNMjYxMTI4MTgwMjUyWhgPMjEyNjExMDQxODAy",
    "NTJaMBAxDjAMBgNVBAMMBWFsaWNlMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE",
    "7YcoiwnXGvOFpsqWC8iexJQCN8siu+RlrjPQUm1i687M/PbxptqG+BFJ46tdXY9s",
    "+SNPGG9tgAkwa8hcXntD3KNoMGYwHQYDVR0OBBYEFN9vz0UZ0D2uHQFlbv3y4nOH",
    "C5d1MB8GA1UdIwQYMBaAFN9vz0UZ0D2uHQFlbv3y4nOHC5d1MA8GA1UdEwEB/wQF",
    "MAMBAf8wEwYDVR0lBAwwCgYIKwYBBQUHAwIwCgYIKoZIzj0EAwIDSAAwRQIhAOd9",
    "TincMQ8YpRfYqlFDbY7OaExMtu34qpbDa21wEtNZAiBAz9bevYTzpd4yQ4jSd3I2",
    "sxLCXIx+QVrGi4wXscEqcQ==",
    "-----END CERTIFICATE-----",
  ].join("\n"),
  key: [
    "-----BEGIN PRIVATE KEY-----",
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgyVjVkzIsDUTPI9zY",
    "Ej0/T621D91X6VxDyMylc2mqdnahRANCAATthyiLCdca84WmypYLyJ7ElAI3yyK7",
    "5GWuM9BSbWLrzsz89vGm2ob4EUnjq11dj2z5I08Yb22ACTBryFxee0Pc",
    "-----END PRIVATE KEY-----",
  ].join("\n"),
} as const;

/** Another client's, which no server trusts. */
export const MALLORY = {
  cert: [
    "-----BEGIN CERTIFICATE-----",
    "MIIBjzCCATagAwIBAgIUSaRXGQpxxnBkILPL9eAX6Nsb1NUwCgYIKoZIzj0EAwIw",
    "EjEQMA4GA1UEAwwHbWFsbG9yeTAgFw0yNjExMjgxODAyNTJaGA8yMTI2MTEwNDE4",
    "MDI1MlowEjEQMA4GA1UEAwwHbWFsbG9yeTBZMBMGByqGSM49AgEGCCqGSM49AwEH",
    "A0IABNl2IRsJSq9b9o2BAFWmx3PBxspdUpU8/fWxN0YRQl281XYwdHLrKgJMk34q",
    "tD3IxuIR1JcbThkJOcUGNEi16WCjaDBmMB0GA1UdDgQWBBQzAJsZZNtCghO0C0yg",
    "Rp9n5PBA/TAfBgNVHSMEGDAWgBQzAJsZZNtCghO0C0ygRp9n5PBA/TAPBgNVHRMB",
    "Af8EBTADAQH/MBMGA1UdJQQMMAoGCCsGAQUFBwMCMAoGCCqGSM49BAMCA0cAMEQC",
    "IDqYXq5WgtifRNzdzVJv0iJ5CwwN4vANEcxF/uTKT3ISAiATRAtZfaLSIsuHD8K3",
    "/KThu5O9oI8GJovNs60Ofd6OTQ==",
    "-----END CERTIFICATE-----",
  ].join("\n"),
  key: [
    "-----BEGIN PRIVATE KEY-----",
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgSrrP0k2cuyoUTB0r",
    "KicJ6M0MuKwra1exkuAiQ5PB3ImhRANCAATZdiEbCUqvW/aNgQBVpsdzwcbKXVKV",
    "PP31sTdGEUJdvNV2MHRy6yoCTJN+KrQ9yMbiEdSXG04ZCTnFBjRItelg",
    "-----END PRIVATE KEY-----",
  ].join("\n"),
} as const;

/** Both servers: one request at a time, and all at the same time. */
export const HTTPS_SERVERS: readonly (typeof HTTPSServer)[] = [HTTPSServer, ThreadingHTTPSServer];

/** The key, encrypted. */
export function encryptedKey(password: string, { key }: { readonly key: string } = CERTIFICATE): string {
  const encryption = { cipher: "aes-256-cbc", passphrase: password } as const;
  return createPrivateKey(key).export({ type: "pkcs8", format: "pem", ...encryption });
}

/** A certificate and its key in files, and methods that write other files. */
export interface CertificateFiles {
  readonly certfile: string;
  readonly keyfile: string;
  /** Replaces it with another certificate and key. */
  replace(certificate: Pick<SelfSignedCertificate, "cert" | "key">): void;
  /** Writes another file beside them, and returns its path. */
  add(name: string, text: string): string;
}

/** Writes a certificate and its key to files that are removed with the test. */
export function certificateFiles(
  t: TestContext,
  certificate: Pick<SelfSignedCertificate, "cert" | "key"> = CERTIFICATE,
): CertificateFiles {
  const directory = temporaryDirectory(t);
  const add = (name: string, text: string) => {
    const path = join(directory, name);
    writeFileSync(path, text);
    return path;
  };
  const replace = ({ cert, key }: Pick<SelfSignedCertificate, "cert" | "key">) => {
    add("cert.pem", cert);
    add("key.pem", key);
  };
  replace(certificate);
  return { certfile: join(directory, "cert.pem"), keyfile: join(directory, "key.pem"), replace, add };
}

/** A running server over TLS, and its clients. */
export class TLSFixture extends Fixture {
  declare readonly server: HTTPSServer;
  readonly #clients: tls.TLSSocket[] = [];

  constructor(Handler: HTTPHandlerClass, Server: typeof HTTPSServer, options: HTTPSServerOptions) {
    super(Handler, withOptions(Server, options), options.handler_args);
  }

  override get url(): string {
    return `https://localhost:${this.port}`;
  }

  /** Opens a connection whose handshake is in progress. It trusts {@link CERTIFICATE}. */
  startTLS(options: tls.ConnectionOptions = {}): tls.TLSSocket {
    const { cert: ca } = CERTIFICATE;
    const defaults = { host: "127.0.0.1", port: this.port, ca, allowHalfOpen: true };
    const socket = tls.connect({ ...defaults, ...options });
    // The code that waits for the handshake gets the error.
    socket.on("error", () => {});
    this.#clients.push(socket);
    return socket;
  }

  /** Opens a connection, and completes the handshake. */
  async connectTLS(options: tls.ConnectionOptions = {}): Promise<TLSClient> {
    const socket = this.startTLS(options);
    const client = new TLSClient(socket);
    await once(socket, "secureConnect");
    return client;
  }

  /** Sends text on a new connection, which the test may continue to use. */
  async sendTLS(text: string): Promise<TLSClient> {
    return (await this.connectTLS()).send(text);
  }

  override async close(): Promise<void> {
    for (const client of this.#clients) client.destroy();
    await super.close();
  }
}

/** A client that speaks TLS. */
export class TLSClient extends RawClient {
  declare readonly socket: tls.TLSSocket;
  /** The last session from the server, for resuming it. */
  session: Buffer | undefined;

  constructor(socket: tls.TLSSocket) {
    super(socket);
    socket.on("session", (session) => {
      this.session = session;
    });
  }
}

/**
 * Starts a server over TLS for a test. The test fails if the server leaves something open, or has unexpected errors.
 */
export function serveHttps(
  t: TestContext,
  Handler: HTTPHandlerClass,
  { Server = ThreadingHTTPSServer, ...options }: HTTPSServerOptions & { Server?: typeof HTTPSServer } = {},
): TLSFixture {
  const fixture = new TLSFixture(Handler, Server, options);
  t.after(() => fixture.close());
  return fixture;
}

/** Returns the reason of a failed handshake, as the client sees it; `null` if it has not failed. */
export function outcomeOf(socket: tls.TLSSocket): Promise<string | null> {
  return new Promise((resolve) => {
    socket.once("secureConnect", () => resolve(null));
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.once("close", () => resolve("closed"));
  });
}

/** The first message of a client: one record. */
export async function clientHello(): Promise<Buffer> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = tls.connect({ host: "127.0.0.1", port: (server.address() as AddressInfo).port });
  client.on("error", () => {});
  const [connection] = (await once(server, "connection")) as [Socket];
  let bytes = Buffer.alloc(0);
  while (bytes.length < 5 || bytes.length < 5 + bytes.readUInt16BE(3))
    bytes = Buffer.concat([bytes, (await once(connection, "data"))[0] as Buffer]);
  for (const end of [client, connection]) end.destroy();
  server.close();
  return bytes;
}

/** True if a program is installed; the test is skipped without it. */
export function has(program: string, option = "--version"): boolean {
  try {
    execFileSync(program, [option], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Returns a class with its own certificate, so that it can replace a plain server in tests. */
function withOptions(Server: typeof HTTPSServer, options: HTTPSServerOptions): typeof HTTPSServer {
  const { cert, key } = CERTIFICATE;
  const isGiven = options.certfile != null || options.pfx !== undefined || options.cert !== undefined;
  const certificate = isGiven ? {} : { cert, key };
  return class extends Server {
    constructor(...[address, Handler, given]: ConstructorParameters<typeof HTTPSServer>) {
      super(address, Handler, { ...certificate, ...options, ...given });
    }
  };
}
