/** Loaded before a program of the documentation (`--import`). It tells the test when a server listens, and at which port. */
import { Socket } from "node:dgram";
import { Server } from "node:net";

for (const { prototype } of [Server, Socket]) {
  const emit = prototype.emit as (this: unknown, ...args: unknown[]) => boolean;
  prototype.emit = function (this: Server | Socket, ...args: unknown[]): boolean {
    if (args[0] === "listening") {
      const address = this.address();
      process.send?.(typeof address === "object" ? (address?.port ?? null) : null);
    }
    return emit.apply(this, args);
  };
}
