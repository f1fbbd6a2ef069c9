import type { SecureContext } from "node:tls";

/**
 * Keys that encrypt session tickets (RFC 5077, RFC 8446 §4.6.1): the current one, and the previous one. All threads of
 * a server share them, so that a client can resume a session of one thread in another.
 */
export type TicketKeys = readonly Uint8Array[];

/**
 * Milliseconds until the key is replaced. An attacker who gets a key can read sessions that were resumed within twice
 * this time.
 */
export const TICKET_KEY_LIFETIME = 60 * 60 * 1000;

/** Bytes of a key: 16 that name it, 16 for its HMAC, 16 for AES. */
const KEY_SIZE = 48;

const UNKNOWN_TICKET = 0;
const GOOD_TICKET = 1;
/** Tells OpenSSL to resume the session, and to give the client a new ticket. */
const OLD_TICKET = 2;

/** The result for OpenSSL, the keys, and for a new ticket also its name and initialization vector. */
type TicketAnswer = readonly [number, hmac: Buffer, aes: Buffer, name?: Buffer, iv?: Buffer];

/** Native part of a Node context. */
interface NativeContext {
  onticketkeycallback?: (name: Buffer, iv: Buffer, isNew: boolean) => TicketAnswer;
  enableTicketKeyCallback?(): void;
  setTicketKeys(keys: Buffer): void;
}

interface TicketKey {
  readonly name: Buffer;
  readonly hmac: Buffer;
  readonly aes: Buffer;
}

/** Returns a new key, followed by the current one. */
export function rotateTicketKeys(keys: TicketKeys): TicketKeys {
  return [new Uint8Array(process.getBuiltinModule("node:crypto").randomBytes(KEY_SIZE)), ...keys.slice(0, 1)];
}

/**
 * Sets the keys that a context uses for tickets. Tickets of the previous key are still accepted.
 *
 * `createSecureContext` accepts only one key. In a Node without the internal callback, sessions of the previous key
 * can't be resumed.
 */
export function useTicketKeys({ context }: SecureContext, keys: TicketKeys): void {
  const native = context as NativeContext;
  const [newest, ...older] = keys.map(partsOf);
  if (newest === undefined) return;
  if (native.enableTicketKeyCallback === undefined) {
    native.setTicketKeys(Buffer.concat([newest.name, newest.hmac, newest.aes]));
    return;
  }
  native.onticketkeycallback = (name, _iv, isNew) => {
    if (isNew)
      return [
        GOOD_TICKET,
        newest.hmac,
        newest.aes,
        newest.name,
        process.getBuiltinModule("node:crypto").randomBytes(16),
      ];
    if (newest.name.equals(name)) return [GOOD_TICKET, newest.hmac, newest.aes];
    const key = older.find((one) => one.name.equals(name));
    return key === undefined ? [UNKNOWN_TICKET, newest.hmac, newest.aes] : [OLD_TICKET, key.hmac, key.aes];
  };
  native.enableTicketKeyCallback();
}

function partsOf(key: Uint8Array): TicketKey {
  const bytes = Buffer.from(key);
  return { name: bytes.subarray(0, 16), hmac: bytes.subarray(16, 32), aes: bytes.subarray(32) };
}
