/** Loaded before a program of the documentation (`--import`). It tells the test when a server listens. */
import { Socket } from "node:dgram";
import { Server } from "node:net";

for (const { prototype } of [Server, Socket]) {
  const emit = prototype.emit as (this: unknown, ...args: unknown[]) => boolean;
  prototype.emit = function (this: unknown, ...args: unknown[]): boolean {
    if (args[0] === "listening") process.send?.("listening");
    return emit.apply(this, args);
  };
}
