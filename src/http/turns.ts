/**
 * Lets one request after the other be served, among connections that are all open.
 *
 * What `HTTPServer` is in Python, but for its old trap: there a connection that sends nothing, or idles between two
 * requests, keeps every other one waiting (bpo-31639). Here a connection takes its turn when a request has come.
 */
export class Turns {
  readonly #waiting: (() => void)[] = [];
  #taken = false;

  /** Takes the turn, or says when it comes. */
  take(): Promise<void> | undefined {
    if (this.#taken) return new Promise((resolve) => this.#waiting.push(resolve));
    this.#taken = true;
    return undefined;
  }

  /** Gives the turn to whoever has waited longest. */
  give(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#taken = false;
    else next();
  }
}

const turnsOfConnections = new WeakMap<object, Turns>();

/** Has the requests of a connection take turns with those of others. */
export function setTurns(connection: object, turns: Turns): void {
  turnsOfConnections.set(connection, turns);
}

/** What the requests of a connection take turns in; `undefined` where they need not. */
export function turnsOf(connection: object): Turns | undefined {
  return turnsOfConnections.get(connection);
}
