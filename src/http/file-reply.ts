import { relative } from "node:path";
import type { Transform } from "node:stream";
import type { ContentCoding } from "../files/accept.js";
import { isCompressible, isWorthCompressing, withoutCoding } from "../files/coded-variant.js";
import { codedContent, codings, compressor, decompressor } from "../files/compressed-file.js";
import type { ServedFile } from "../files/content.js";
import { isSameRepresentation, type Reply, type Representation, replyTo } from "../files/content-reply.js";
import { digestFields, wantsSha256 } from "../files/digest-fields.js";
import { codedEntityTag, type EntityTag, isEntityTag } from "../files/entity-tag.js";
import type { FileMemos, FileTree } from "../files/file-tree.js";
import { type Choice, negotiate, type Offer } from "../files/negotiation.js";
import { hasFixedDate, lastModifiedOf } from "../files/validators.js";
import { fieldBlock } from "../http1/response-head.js";
import { type Awaitable, after } from "../io/awaitable.js";
import { BaseHTTPRequestHandler } from "./base-http-request-handler.js";
import { closingOnError, fieldValue, replyRequest } from "./content-sending.js";
import { sendExtra } from "./extra-headers.js";
import type { FileHandler, SiteFiles } from "./site-files.js";

/** A response with a file. It calls the hooks of the handler. */
export class FileReply implements Offer {
  readonly #handler: FileHandler;
  readonly #files: SiteFiles;
  /** The chosen file. If the response fails, its content is closed. */
  #choice: Choice;
  readonly #asked: string;
  #type = "";
  readonly #vary: "Accept" | null;

  /**
   * @param files - the files of the handler that sends the response
   * @param choice - the file. The response owns its content
   * @param asked - the requested path
   * @param vary - the request field on which the choice of this file depends
   */
  constructor(files: SiteFiles, choice: Choice, asked: string, vary: "Accept" | null = null) {
    this.#handler = files.handler;
    this.#files = files;
    this.#choice = choice;
    this.#asked = asked;
    this.#vary = vary;
  }

  get tree(): FileTree {
    return this.#files.tree;
  }

  get acceptEncoding(): string | null {
    return fieldValue(this.#handler.headers, "Accept-Encoding");
  }

  get usesVariants(): boolean {
    const { precompressed } = this.#handler;
    return precompressed === "all" || (precompressed === true && isCompressible(this.#type));
  }

  get makes(): readonly ContentCoding[] | null {
    const handler = this.#handler;
    const size = this.#choice.file.facts.size ?? Number.POSITIVE_INFINITY;
    if (!handler.compress || !isWorthCompressing(this.#type, size)) return null;
    return this.#files.site.compressions < handler.max_compressions ? codings() : [];
  }

  /**
   * True if the client gets parts of the file itself. A client that already has a part of a compressed file gets more
   * of that file instead.
   */
  get wantsPlain(): boolean {
    const { command, headers } = this.#handler;
    if (!headers.has("Range")) return false;
    const asked = replyRequest(command, headers);
    const condition =
      asked.ifRange ?? asked.ifMatch ?? asked.ifNoneMatch ?? asked.ifModifiedSince ?? asked.ifUnmodifiedSince;
    return condition === null || condition === this.#tag();
  }

  onStale(path: string): void {
    const warning = `${relative(this.#handler.directory, path)} is older than the original file, and is not used.`;
    if (this.#files.site.isNews(warning)) this.#handler.log_error("%s", warning);
  }

  /**
   * Chooses the coding, and sends the header.
   *
   * @returns the body, which the caller closes; `null` if the response is complete
   */
  send(): Awaitable<ServedFile | null> {
    return closingOnError(this, () => this.#negotiate());
  }

  /** Sends the header for the coding of the choice. */
  sendChosen(): Awaitable<ServedFile | null> {
    return closingOnError(this, () => {
      this.#type = this.#handler.guess_type(this.#asked);
      return this.#sendChoice(this.#choice);
    });
  }

  close(): void {
    this.#choice.content.close();
  }

  #negotiate(): Awaitable<ServedFile | null> {
    const { file, path } = this.#choice;
    const coding = this.#files.codingOf(file, path);
    this.#type = this.#handler.guess_type(coding === null ? path : withoutCoding(path, coding));
    if (coding !== null) return this.#sendChoice({ ...this.#choice, coding });
    return after(negotiate(this.#choice, this), (choice) =>
      choice === null ? this.#refuse(406) : this.#sendChoice(choice),
    );
  }

  #sendChoice(choice: Choice): Awaitable<ServedFile | null> {
    const handler = this.#handler;
    this.#choice = choice;
    if (!handler.digests || choice.isMade || !wantsSha256(fieldValue(handler.headers, "Want-Repr-Digest")))
      return this.#sendHead(null);
    return after(this.#files.site.sha256(choice.file, choice.content), (digest) => this.#sendHead(digest));
  }

  /** @param digest - SHA-256 of the whole content in base64, if it is sent */
  #sendHead(digest: string | null): ServedFile | null {
    const handler = this.#handler;
    const representation = this.#represent();
    const { content, isMade } = this.#choice;
    const reply = replyTo(representation, content, replyRequest(handler.command, handler.headers));
    const { status } = reply;
    if (status === 412 || status === 416) {
      this.#files.fieldsOfError = reply.fields(null);
      return this.#refuse(status);
    }
    handler.send_response(status);
    const isWhole = status === 200 && handler.command === "GET";
    if (digest !== null && status !== 304) handler.send_default_headers(digestFields(digest, isWhole));
    this.#sendFields(reply, representation);
    if (handler.extra_response_headers !== null) sendExtra(handler, status === 304);
    handler.end_headers();
    return isMade && isWhole ? this.#coded() : reply.body;
  }

  /** Returns the fields that describe the chosen file. */
  #represent(): Representation {
    const { file, coding, isMade, varies } = this.#choice;
    const { facts, memos } = file;
    const own = checkedTag(this.#tag(), memos);
    const lastModified = lastModifiedOf(facts.modified, Date.now());
    const vary = this.#vary;
    return {
      etag: isMade && own !== null ? codedEntityTag(own, coding ?? "identity") : own,
      lastModified,
      lastModifiedText: this.#dateText(lastModified, memos),
      isDateReliable: lastModified !== null && !hasFixedDate(lastModified),
      size: isMade ? null : facts.size,
      type: this.#type,
      coding,
      cacheControl: this.#handler.get_cache_control(this.#asked),
      vary: varies ? (vary === null ? "Accept-Encoding" : `${vary}, Accept-Encoding`) : vary,
      disposition: null,
    };
  }

  #tag(): string | null {
    const { path, file } = this.#choice;
    return this.#handler.etag_for(path, file.facts, file.digest ?? null);
  }

  /**
   * Returns the date of the last modification as text, created once for each file; `null` if an override formats dates.
   */
  #dateText(seconds: number | null, memos: FileMemos | undefined): string | null {
    const isOverridden = this.#handler.date_time_string !== BaseHTTPRequestHandler.prototype.date_time_string;
    if (seconds === null || memos === undefined || isOverridden) return null;
    if (memos.date?.seconds !== seconds) memos.date = { seconds, text: this.#dateOf(seconds) };
    return memos.date.text;
  }

  #dateOf(seconds: number): string {
    return this.#handler.date_time_string(Math.max(0, seconds)); // not all clients can parse earlier dates
  }

  /**
   * Sends the fields. The fields of a whole file and of a 304 are checked once, and sent again while they are the same.
   */
  #sendFields({ status, fields }: Reply, of: Representation): void {
    const { memos } = this.#choice.file;
    const { lastModified, lastModifiedText = null } = of;
    const date = lastModifiedText ?? (lastModified === null ? null : this.#dateOf(lastModified));
    if (memos === undefined || status === 206) return this.#handler.send_default_headers(fields(date));
    const name = status === 200 ? "whole" : "unchanged";
    let memo = memos[name];
    if (memo === undefined || memo.date !== date || !isSameRepresentation(memo.of, of)) {
      memo = { of, date, block: fieldBlock(fields(date)) };
      memos[name] = memo;
    }
    this.#handler.send_header_block(memo.block);
  }

  #coded(): ServedFile {
    const { site } = this.#files;
    const { content, file, coding, from } = this.#choice;
    const coder = coding === null ? decompressor(from as ContentCoding) : compressor(coding);
    site.compressions += 1;
    return codedContent(content, file.facts.size, coder as Transform, () => {
      site.compressions -= 1;
    });
  }

  #refuse(code: 406 | 412 | 416): null {
    this.close();
    return this.#files.refuse(code);
  }
}

function checkedTag(tag: string | null, memos: FileMemos | undefined): EntityTag | null {
  if (tag === null) return null;
  if (tag === memos?.tag) return memos.tag;
  if (isEntityTag(tag)) {
    if (memos !== undefined) memos.tag = tag;
    return tag;
  }
  throw new TypeError(
    `etag_for must return an entity tag with its quotes, "x" or W/"x", not ${JSON.stringify(tag)}.`,
  );
}
