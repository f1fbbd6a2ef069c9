/**
 * A message as it goes between a process and its child. They have one channel, which an application may use too
 * (`process.send`); a key that only the two know tells their messages from all others.
 */
export type Packet<Message> = readonly [key: string, message: Message];

/** Returns the message of a packet; `undefined` for anything else. */
export function unpack<Message>(packet: unknown, key: string): Message | undefined {
  return Array.isArray(packet) && packet[0] === key ? packet[1] : undefined;
}
