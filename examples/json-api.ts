/**
 * A JSON API for notes in memory: GET, POST and DELETE, with a limit for bodies, and with errors as JSON.
 *
 * Start it, on port 8000 or another:
 *
 *     npm run example examples/json-api.ts [port]
 *
 * Try:
 *
 *     $ curl -s --json '{"text": "buy milk"}' localhost:8000/notes
 *     {"id":1,"text":"buy milk"}
 *     $ curl -s localhost:8000/notes
 *     [{"id":1,"text":"buy milk"}]
 *     $ curl -s -X DELETE -w '%{http_code}\n' localhost:8000/notes/1
 *     204
 *     $ curl -s localhost:8000/notes/1
 *     {"error":"There is no such note"}
 *
 * Errors:
 *
 *     $ curl -s --json '{"text": ' localhost:8000/notes
 *     {"error":"The body is not JSON"}
 *     $ curl -s --json '{"txt": "buy milk"}' localhost:8000/notes
 *     {"error":"A note is {\"text\": \"...\"}"}
 *     $ curl -s -d 'text=buy milk' -w '%{http_code}\n' localhost:8000/notes
 *     {"error":"The body must be application/json"}
 *     415
 *     $ head -c 20000 /dev/zero | curl -s --json @- -o /dev/null -w '%{http_code}\n' localhost:8000/notes
 *     413
 *     $ curl -s -X PATCH localhost:8000/notes
 *     {"error":"Unsupported method ('PATCH')"}
 *
 * A real API would keep its notes in a database, and check who may delete them.
 */

import { BaseHTTPRequestHandler, ThreadingHTTPServer } from "pyserve";

export interface Note {
  readonly id: number;
  readonly text: string;
}

/** Handlers live only as long as their connection, so the server keeps the data that they share. */
export class NotesServer extends ThreadingHTTPServer {
  readonly notes = new Map<number, Note>();
  #last = 0;

  add(text: string): Note {
    const note = { id: ++this.#last, text };
    this.notes.set(note.id, note);
    return note;
  }
}

export class NotesHandler extends BaseHTTPRequestHandler<NotesServer> {
  // A longer body gets 413 before it is read.
  static override max_content_length = 16 * 1024;

  do_GET() {
    if (this.path === "/notes") return this.#send(200, [...this.server.notes.values()]);
    const note = this.#findNote();
    if (note) this.#send(200, note);
  }

  async do_POST() {
    if (this.path !== "/notes") return this.send_error(404, "Notes are added to /notes");
    if (this.headers.get_content_type() !== "application/json")
      return this.send_error(415, "The body must be application/json");
    const body = parseJson(await this.rfile.read());
    if (body === undefined) return this.send_error(400, "The body is not JSON");
    if (!isNewNote(body)) return this.send_error(400, 'A note is {"text": "..."}');
    const note = this.server.add(body.text);
    this.#send(201, note, { Location: `/notes/${note.id}` });
  }

  do_DELETE() {
    const note = this.#findNote();
    if (!note) return;
    this.server.notes.delete(note.id);
    this.send_response(204);
    this.end_headers();
  }

  /** Sends errors as JSON. The server calls it too, for an unknown method or a body that is too long. */
  override send_error(code: number, message?: string | null) {
    const error = message ?? this.responses[code]?.[0] ?? "Error";
    this.log_error("code %d, message %s", code, error);
    this.#send(code, { error });
  }

  #findNote(): Note | undefined {
    const [, id] = /^\/notes\/(\d+)$/.exec(this.path) ?? [];
    const note = this.server.notes.get(Number(id));
    if (!note) this.send_error(404, "There is no such note");
    return note;
  }

  #send(code: number, value: unknown, headers: Record<string, string> = {}) {
    this.send_response(code);
    this.send_header("Content-Type", "application/json");
    for (const [name, text] of Object.entries(headers)) this.send_header(name, text);
    this.end_headers();
    this.wfile.write(`${JSON.stringify(value)}\n`);
  }
}

/** Returns `undefined` for invalid JSON. No JSON value parses to `undefined`. */
function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}

function isNewNote(body: unknown): body is Pick<Note, "text"> {
  return typeof body === "object" && body !== null && "text" in body && typeof body.text === "string";
}

if (process.argv[1] === import.meta.filename) {
  const port = Number(process.argv[2] ?? 8000);
  await using httpd = new NotesServer(["localhost", port], NotesHandler);
  console.log(`http://localhost:${httpd.server_port}/notes`);
  await httpd.serve_forever();
}
