import { writeSync } from "node:fs";
import { isatty } from "node:tty";
import { oncePerSecond } from "./current-date.js";

export { formatMessage, repr } from "./percent-format.js";

/**
 * Makes text safe for a log that people read in a terminal. Control characters (C0, DEL, C1) become `\xHH`, and a
 * backslash is doubled. So no request can move the cursor, ring the bell, or forge a second line (Python's gh-100001).
 *
 * @param text - a log message, which may quote the client
 * @returns one line of printable text
 */
export function escapeControls(text: string): string {
  return text.replace(/[\x00-\x1f\x7f-\x9f\\]/g, (character) =>
    character === "\\" ? "\\\\" : `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/**
 * Returns the date and time in the form of access logs: `06/Nov/1994 08:49:37`, in local time, with an English month.
 *
 * @param date - the time to format
 * @returns the result of `log_date_time_string` for that time
 */
export function logDateTime(date: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${two(date.getDate())}/${MONTHS[date.getMonth()]}/${String(date.getFullYear()).padStart(4, "0")}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** Returns {@link logDateTime} of the current time. */
export const logDateTimeNow: () => string = oncePerSecond((second) => logDateTime(new Date(second * 1000)));

/** The part of a stream that {@link LineWriter} needs: `process.stderr`, or a stand-in for it. */
export interface LineSink {
  write(text: string): boolean;
  readonly writableLength: number;
  on(event: "drain" | "error", listener: () => void): unknown;
}

/** Characters that may wait while the stream is slow: some seconds of a busy server's log. */
const WAITING_MAX = 1024 * 1024;

/** Number of waiting characters that are written at once, before the iteration of the event loop ends. */
const BATCH_MAX = 64 * 1024;

/**
 * Writes lines to a stream in batches, one for each iteration of the event loop, and in bounded memory. A log must not
 * cost a system call per request, and must never fill the memory.
 *
 * While the stream is slow, up to 1 MiB of lines waits for it. Further lines are dropped and counted, and a later line
 * reports their number. Errors from the stream (its reader has ended, the disk is full) are ignored.
 */
export class LineWriter {
  readonly #open: () => LineSink;
  #sink: LineSink | undefined;
  #waiting = "";
  #dropped = 0;
  #scheduled = false;
  #blocked = false;

  /** @param open - returns the stream; called when there is something to write */
  constructor(open: () => LineSink) {
    this.#open = open;
  }

  /** Adds one line, without its line feed. Never throws. */
  write(line: string): void {
    if (this.#blocked && this.#waiting.length + line.length >= WAITING_MAX) {
      this.#dropped += 1;
      return;
    }
    this.#waiting += `${line}\n`;
    if (this.#blocked) return;
    if (this.#waiting.length >= BATCH_MAX) this.#flush();
    else if (!this.#scheduled) {
      this.#scheduled = true;
      setImmediate(() => {
        this.#scheduled = false;
        this.#flush();
      });
    }
  }

  /** Returns the lines that have not been written yet, for a caller that can't wait for the stream. */
  take(): string {
    const dropped = this.#dropped;
    const text =
      dropped === 0
        ? this.#waiting
        : `${this.#waiting}pyserve: ${dropped} log line${dropped === 1 ? "" : "s"} dropped: standard error was too slow\n`;
    this.#waiting = "";
    this.#dropped = 0;
    return text;
  }

  #flush(): void {
    if (this.#blocked || (this.#waiting === "" && this.#dropped === 0)) return;
    const text = this.take();
    try {
      const sink = this.#connect();
      // A file or a terminal accepts everything at once, but `write` may return false. The stream is slow only if bytes
      // wait in it.
      this.#blocked = !sink.write(text) && sink.writableLength > 0;
    } catch {
      // A synchronous stream throws its errors. There is no other place to report them.
    }
  }

  #connect(): LineSink {
    if (this.#sink !== undefined) return this.#sink;
    const sink = this.#open();
    const resume = () => {
      this.#blocked = false;
      this.#flush();
    };
    sink.on("drain", resume);
    sink.on("error", () => {
      this.#blocked = false; // "drain" won't be emitted. Don't flush here: it could fail again at once, and never end
    });
    this.#sink = sink;
    return sink;
  }
}

let isColored = false;
let standardError: LineWriter | undefined;

/**
 * Writes a line to standard error, together with the other lines of this iteration of the event loop.
 *
 * Called by `log_message`. It never throws or blocks. If standard error is closed, full or very slow, lines are lost: see
 * {@link LineWriter}. On a terminal, the status code of a request is coloured. When the process exits, waiting lines
 * are written synchronously.
 *
 * @param line - one line of text without its line feed, already escaped (see {@link escapeControls})
 */
export function writeLogLine(line: string): void {
  standardError ??= connectStandardError();
  standardError.write(isColored ? paintStatus(line) : line);
}

function connectStandardError(): LineWriter {
  isColored = takesColors();
  const writer = new LineWriter(() => process.stderr);
  process.on("exit", () => writeAllSync(2, Buffer.from(writer.take())));
  return writer;
}

/** Writes to a descriptor, which may be a pipe in non-blocking mode. A slow reader gets one second to catch up. */
function writeAllSync(fd: number, bytes: Buffer): void {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let done = 0, attempts = 0; done < bytes.length && attempts < 100; ) {
    try {
      done += writeSync(fd, bytes, done);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") return;
      attempts += 1;
      Atomics.wait(pause, 0, 0, 10);
    }
  }
}

/** Finds the status in the log formats for people: after the quoted request line. */
const STATUS = /^(.*" )([1-5])(\d\d)( (?:-|\d+)(?: "(?:[^"\\]|\\.)*" "(?:[^"\\]|\\.)*")?)$/;

/** Green, cyan, yellow and red, by the first digit of a status code. */
const COLORS: Readonly<Record<string, number>> = { 2: 32, 3: 36, 4: 33, 5: 31 };

/**
 * Colours the status code of a log line. A line without one is not changed.
 *
 * @param line - a line without control characters
 */
export function paintStatus(line: string): string {
  return line.replace(STATUS, (all, before: string, first: string, others: string, behind: string) => {
    const color = COLORS[first];
    return color === undefined ? all : `${before}\x1b[${color}m${first}${others}\x1b[39m${behind}`;
  });
}

/**
 * True if standard error is a terminal, and the user has not turned off colours (https://no-color.org).
 *
 * Checks the descriptor, because in a thread `process.stderr` is a stream to the main thread.
 */
function takesColors({ NO_COLOR = "", TERM } = process.env): boolean {
  return isatty(2) && NO_COLOR === "" && TERM !== "dumb";
}
