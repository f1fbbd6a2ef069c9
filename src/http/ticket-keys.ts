import { randomBytes } from "node:crypto";
import type { SecureContext } from "node:tls";

/**
 * Keys that session tickets are encrypted with (RFC 5077, RFC 8446 §4.6.1): the one in use, and the one before it. All threads
 * of a server have the same, so that a client can go on in one with a session from another.
 */
export type TicketKeys = readonly Uint8Array[];

/**
 * Milliseconds until another key is used. An attacker who gets a key can read the resumed sessions of
 * twice that time.
 */
export const TICKET_KEY_LIFETIME = 60 * 60 * 1000;

/** Bytes of a key: 16 that name it, 16 for its HMAC, 16 for AES. */
const KEY_SIZE = 48;

const UNKNOWN_TICKET = 0;
const GOOD_TICKET = 1;
/** The session goes on, and its client gets a ticket of the newest key. */
const OLD_TICKET = 2;

/** OpenSSL's answer, the keys, and of a new ticket also its name and initialization vector. */
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

/** Returns a new key, and behind it the one that was in use so far. */
export function rotateTicketKeys(keys: TicketKeys): TicketKeys {
  return [new Uint8Array(randomBytes(KEY_SIZE)), ...keys.slice(0, 1)];
}

/**
 * Has a context use keys for tickets, and take those of the key before.
 *
 * `createSecureContext` takes one key only. A Node without this callback of its own forgets the sessions of the key before.
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
    if (isNew) return [GOOD_TICKET, newest.hmac, newest.aes, newest.name, randomBytes(16)];
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
