import type { Duplex } from "node:stream";

/**
 * Waits for the first bytes of a connection, before it has a source.
 *
 * @param look - called for each event. It reads, and returns `undefined` to wait for more. If it throws, the promise
 * rejects with its error
 * @param gone - returns the error if the peer disconnects first
 * @param events - events other than `"readable"` that call `look`
 */
export function untilRead<T>(
  connection: Duplex,
  look: () => T | undefined,
  gone: () => Error,
  ...events: string[]
): Promise<T> {
  return new Promise((resolve, reject) => {
    const settle = (action: () => void) => {
      for (const event of ["readable", ...events]) connection.off(event, tryLook);
      connection.off("end", giveUp);
      connection.off("close", giveUp);
      action();
    };
    const tryLook = () => {
      try {
        const found = look();
        if (found !== undefined) settle(() => resolve(found));
      } catch (error) {
        settle(() => reject(error));
      }
    };
    const giveUp = () => settle(() => reject(gone()));
    for (const event of ["readable", ...events]) connection.on(event, tryLook);
    connection.on("end", giveUp);
    connection.on("close", giveUp);
    if (connection.destroyed) giveUp();
  });
}
