import type { Socket } from "node:net";
import type {
  MessageFromWorker,
  MessageToWorker,
  StartWorker,
  WorkerEvents,
  WorkerLink,
} from "#src/workers/messages.js";

/** A worker that only records its messages. */
export class FakeLink implements WorkerLink {
  readonly id: number;
  readonly events: WorkerEvents;
  readonly told: MessageToWorker[] = [];
  readonly connections: Socket[] = [];
  isHeld = true;
  isIdle = true;
  isTerminated = false;

  constructor(id: number, events: WorkerEvents) {
    this.id = id;
    this.events = events;
  }

  send(message: MessageToWorker, connection?: Socket): void {
    this.told.push(message);
    if (connection !== undefined) this.connections.push(connection);
  }

  ref(): void {
    this.isHeld = true;
  }

  unref(): void {
    this.isHeld = false;
  }

  terminate(): void {
    this.isTerminated = true;
  }

  /** The kinds of all its messages. */
  get types(): string[] {
    return this.told.map(({ type }) => type);
  }

  /** Sends a message. */
  say(message: MessageFromWorker): void {
    this.events.message(message);
  }

  /** Finishes its first job. */
  finishFirst(): void {
    const serve = this.told.find((message) => message.type === "serve");
    if (serve === undefined) throw new Error("It serves nothing.");
    this.told.splice(this.told.indexOf(serve), 1);
    this.say({ type: "done", id: serve.id, isClosed: true });
  }
}

/** Workers that do nothing, in the order in which they were started. */
export class FakeWorkers {
  readonly links: FakeLink[] = [];

  readonly start: StartWorker = (events) => {
    const link = new FakeLink(this.links.length + 1, events);
    this.links.push(link);
    return link;
  };

  /** Returns an earlier worker, by its distance from the last one. */
  at(index: number): FakeLink {
    const link = this.links.at(index);
    if (link === undefined) throw new Error(`There is no worker ${index}.`);
    return link;
  }
}
