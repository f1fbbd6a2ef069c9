/**
 * A message between a process and its child. Their channel may also be used by the application (`process.send`). A
 * secret key marks pyserve's own messages.
 */
export type Packet<Message> = readonly [key: string, message: Message];

/** Returns the message of a packet; `undefined` for anything else. */
export function unpack<Message>(packet: unknown, key: string): Message | undefined {
  return Array.isArray(packet) && packet[0] === key ? packet[1] : undefined;
}
