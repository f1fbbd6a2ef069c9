import { type Forwarded, readForwarded } from "../http1/forwarded.js";
import type { FieldLines } from "../http1/message.js";
import type { InetAddress, UnixAddress } from "../socketserver/addresses.js";
import { type TrustedProxies, trustedProxies } from "../socketserver/trusted-proxies.js";

/** Key of the host that the client has requested. It is a symbol, so that no subclass can use the name. */
export const askedHost = Symbol("askedHost");

const NOBODY: Forwarded = { client: null, scheme: null, host: null };

/** A connection of a trusted proxy. Each request on it may be from another client, named by its fields. */
export class Forwarding {
  readonly #proxies: TrustedProxies;
  readonly #peer: InetAddress | UnixAddress;
  /** Client, scheme and host, according to the fields of the request. */
  told: Forwarded = NOBODY;

  private constructor(proxies: TrustedProxies, peer: InetAddress | UnixAddress) {
    this.#proxies = proxies;
    this.#peer = peer;
  }

  /** Returns `null` if the peer is not a trusted proxy: its fields have no effect. */
  static of(list: readonly string[] | null, peer: InetAddress | UnixAddress): Forwarding | null {
    const proxies = trustedProxies(list, peer);
    return proxies === null ? null : new Forwarding(proxies, peer);
  }

  /** The client of the request: the proxy itself if it names none. */
  get client_address(): InetAddress | UnixAddress {
    const { client } = this.told;
    return client === null ? this.#peer : [client.name, client.port];
  }

  /**
   * Reads the fields of a request.
   *
   * @returns false if the fields contradict each other; then client, scheme and host are unknown
   */
  read(fields: FieldLines): boolean {
    const told = readForwarded(fields, this.#proxies);
    this.told = told === "contradictory" ? NOBODY : told;
    return told !== "contradictory";
  }
}
