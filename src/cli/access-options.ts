import type { Row } from "./option.js";
import { parseHostName, parseOrigins } from "./option-values.js";

/** Options for TLS, passwords and access from other sites. */
export const ACCESS = {
  tls: {
    kind: "boolean",
    daily: true,
    help: "serve HTTPS with a temporary certificate",
    more: "The command prints its fingerprint. The certificate contains the addresses of this machine.",
  },
  tls_cert: {
    kind: "string",
    daily: true,
    metavar: "FILE",
    path: "file",
    help: "serve HTTPS with the certificate in this file",
    more: "PEM format. SIGHUP loads it again. A SIGHUP from a closed terminal ends the command instead.",
  },
  tls_key: {
    kind: "string",
    metavar: "FILE",
    path: "file",
    help: "the private key, if it is not in the same file",
  },
  tls_password_file: {
    kind: "string",
    metavar: "FILE",
    path: "file",
    help: "read the password of the key from this file",
  },
  auth: {
    kind: "string",
    daily: true,
    metavar: "USER:PASSWORD",
    help: "ask clients for this user and password",
    more: "Other users of this machine can see the command line. Use --auth-file or the environment variable PYSERVE_AUTH to hide the password. Without TLS, others in the network can read it.",
  },
  auth_file: {
    kind: "string",
    metavar: "FILE",
    path: "file",
    help: "read USER:PASSWORD from this file",
  },
  cors: {
    kind: "string",
    daily: true,
    bare: "*",
    metavar: "ORIGIN",
    help: "let scripts of one or all origins read files",
    more: "Separate several origins with commas. Without a value, with * , or with true in a config file, all origins are allowed. Scripts may also read the fields of --header.",
    parse: parseOrigins,
  },
  cors_credentials: {
    kind: "boolean",
    help: "let these scripts send cookies and passwords",
    more: "Only for origins that --cors names, never for all.",
  },
  coop_coep: {
    kind: "boolean",
    help: "isolate pages, so that they can use SharedArrayBuffer",
  },
  allowed_host: {
    kind: "list",
    metavar: "NAME",
    help: "answer only requests for this host name",
    more: "Repeat it for several names. It protects against websites whose name resolves to this machine (DNS rebinding).",
    attribute: "allowed_hosts",
    parse: parseHostName,
  },
  trusted_proxy: {
    kind: "list",
    metavar: "NETWORK",
    help: "trust the information about clients from this proxy",
    more: "An address, a network such as 10.0.0.0/8, loopback, private, or unix for every process that may connect to a socket in the file system. Repeat it for several proxies. The log and the limits then see the client in Forwarded or X-Forwarded-For.",
    attribute: "trusted_proxies",
  },
  proxy_protocol: {
    kind: "boolean",
    help: "expect the PROXY protocol from the trusted proxies",
    more: "Version 1 or 2, on each connection from them. It needs --trusted-proxy.",
  },
} as const satisfies Record<string, Row>;
