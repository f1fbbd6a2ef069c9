import { defineOptions } from "../errors/check-options.js";
import { type Awaitable, isPromise, quiet } from "../io/awaitable.js";
import { checkPhase, isRebuilding } from "../workers/phase.js";
import { type AddressFamily, AF_INET, SOCK_STREAM, type SocketType } from "./addresses.js";
import { BaseServer, type BaseServerOptions } from "./base-server.js";
import { checkHandlerArgs, checkHandlerValues, type RequestHandlerClass } from "./handler-class.js";
import { ServerError } from "./server-error.js";
import { ANY, checkNoFields, defineSettings, type Rules, SWITCH } from "./settings.js";

/**
 * Options of the constructor of a server with a socket.
 *
 * @typeParam Args - type of the last argument of the handler's constructor
 */
export interface SocketServerOptions<Args extends object = object> extends BaseServerOptions<Args> {
  /**
   * True if the constructor calls `server_bind` and `server_activate`. Default `true`. With `false`, call them
   * yourself, after changing their settings.
   */
  bind_and_activate?: boolean | undefined;
}

/** Settings that are read when the address is bound. A field of a subclass is set too late. */
const BINDING_ATTRIBUTES = [
  "address_family",
  "request_queue_size",
  "allow_reuse_address",
  "allow_reuse_port",
  "ipv6_only",
  "accept_in_threads",
] as const;

export interface SocketServer<Request, Address, Args extends object = object>
  extends Pick<typeof SocketServer, keyof typeof SETTINGS> {}
/**
 * Base of `TCPServer` and `UDPServer`: a socket that the constructor binds. In Python, `UDPServer` derives from
 * `TCPServer`.
 */
export abstract class SocketServer<Request, Address, Args extends object = object> extends BaseServer<
  Request,
  Address,
  Args
> {
  /**
   * Address family: {@link AF_INET}, or {@link AF_INET6} (which also accepts IPv4 with `""` or `::`). Only
   * `UnixStreamServer` uses {@link AF_UNIX}. Set it on the class, because the constructor reads it.
   *
   * @category Settings
   */
  static address_family: AddressFamily = AF_INET;
  /**
   * {@link SOCK_STREAM} or {@link SOCK_DGRAM}, for information only.
   *
   * @category Settings
   */
  static socket_type: SocketType = SOCK_STREAM;
  /**
   * True if the server may bind an address that connections of an earlier server still use (`SO_REUSEADDR`). Only UDP
   * servers use this setting: for TCP, Node always sets the option on Unix, and never on Windows.
   *
   * @category Settings
   */
  static allow_reuse_address = false;
  /**
   * True if several servers may share the port; the system distributes requests among them (`SO_REUSEPORT`). If Node or
   * the system does not support it, binding fails.
   *
   * @category Settings
   */
  static allow_reuse_port = false;
  /**
   * True if a server on all IPv6 interfaces does not accept IPv4 (`IPV6_V6ONLY`).
   *
   * @category Settings
   */
  static ipv6_only = false;

  #bindFailure: Error | undefined;
  #binding: Promise<void> | undefined;
  #boundWith: readonly unknown[] | undefined;
  #setByHooks: ReadonlyMap<string, unknown> = new Map();

  /**
   * Binds and listens at once, unless `bind_and_activate` is false.
   *
   * @param server_address - the address to bind; the property `server_address` is then the bound address
   * @param RequestHandlerClass - handler class; an instance is created for each request
   * @param options - see {@link SocketServerOptions}
   * @throws a system error about the address (`EADDRINUSE`, `EACCES`, …). In older versions of Node, `serve_forever`
   *   and `handle_request` reject with it instead
   */
  constructor(
    server_address: Address,
    RequestHandlerClass: RequestHandlerClass<Request, Address, Args>,
    options: SocketServerOptions<NoInfer<Args>> = {},
  ) {
    super(server_address, RequestHandlerClass, options);
  }

  /**
   * Binds the socket to {@link server_address}, and puts the real address there. Called by the constructor.
   *
   * @category Override
   */
  abstract server_bind(): void;

  /**
   * Begins to take requests. Called by the constructor, after {@link server_bind}.
   *
   * @category Override
   */
  override server_activate(): void {}

  /**
   * Called by the constructor of a subclass, when the fields of that class exist.
   *
   * @param options - the options of the constructor
   */
  protected bind_and_activate(options: SocketServerOptions): void {
    if (options.bind_and_activate === false || isRebuilding()) return;
    checkPhase();
    checkHandlerValues(this.RequestHandlerClass, this.handler_args);
    const before = new Set(Object.keys(this));
    try {
      this.#called("server_bind", this.server_bind());
      this.#called("server_activate", this.server_activate());
    } catch (error) {
      this.#release();
      throw error;
    }
    this.#setByHooks = new Map(Object.entries(this).filter(([name]) => !before.has(name)));
    // A field of a subclass defines the property again, and makes it enumerable. An assignment does not.
    this.#showHidden(false);
  }

  /**
   * Records that the address is bound. Call it in `server_bind`.
   *
   * @param later - a promise that rejects if binding fails later; `undefined` if binding has succeeded
   */
  protected binding_done(later?: Promise<void>): void {
    this.#boundWith = this.#bindingAttributes();
    this.#binding = later;
    later?.catch((error) => {
      this.#bindFailure = error;
    });
  }

  protected override ready_to_serve(): Awaitable<void> {
    if (this.#boundWith === undefined) {
      throw new ServerError(
        "PYSERVE_SERVER_NOT_BOUND",
        "The server is not bound: call server_bind() and server_activate() first.",
      );
    }
    checkHandlerArgs(this.RequestHandlerClass, this.handler_args);
    checkHandlerValues(this.RequestHandlerClass, this.handler_args);
    this.#checkFields();
    this.#checkLostFields();
    const hidden = Object.keys(this).filter((name) => isHidden(this, name));
    checkNoFields(this, hidden, "pyserve's method");
    if (this.#bindFailure !== undefined) throw this.#bindFailure;
    return this.#binding;
  }

  // Does not call `server_close`: an override would run here without its fields, and its errors would hide the cause.
  #release(): void {
    (async () => this.server_close())().catch(() => {});
  }

  // A promise can't be awaited here, because the address must be known when the constructor returns.
  #called(hook: "server_bind" | "server_activate", result: unknown): void {
    if (!isPromise(result)) return;
    quiet(Promise.resolve(result));
    throw new TypeError(
      `${this.constructor.name}.${hook} is called by the constructor, which can't wait: it must not be async. Move asynchronous work before the constructor, or into an override of serve_forever.`,
    );
  }

  #showHidden(enumerable: boolean): void {
    for (const name of this.#setByHooks.keys())
      if (Object.hasOwn(this, name)) Object.defineProperty(this, name, { enumerable });
  }

  // A field of a subclass silently overwrites a value that `server_bind` or `server_activate` has set.
  #checkLostFields(): void {
    for (const [name, value] of this.#setByHooks) {
      const now = Object.getOwnPropertyDescriptor(this, name);
      if (now?.enumerable !== true || Object.is(now.value, value)) continue;
      throw new TypeError(
        `${this.constructor.name}.${name} was set by server_bind or server_activate, and then replaced by the field of that name: JavaScript creates fields after the constructor of the base class. Declare it instead ("declare ${name}: …;" in TypeScript, no field in JavaScript), or create the server with { bind_and_activate: false } and call both afterwards.`,
      );
    }
    this.#showHidden(true);
    this.#setByHooks = new Map();
  }

  #bindingAttributes(): readonly unknown[] {
    return BINDING_ATTRIBUTES.map((name) => (this as unknown as Record<string, unknown>)[name]);
  }

  // When the base constructor binds, the fields of a subclass do not exist yet. So a setting in a field would have no
  // effect, and is an error. Values that were assigned to the class since then apply to the next server.
  #checkFields(): void {
    const now = this.#bindingAttributes();
    const at = BINDING_ATTRIBUTES.findIndex(
      (name, index) => Object.hasOwn(this, name) && now[index] !== this.#boundWith?.[index],
    );
    if (at < 0) return;
    const name = BINDING_ATTRIBUTES[at];
    throw new TypeError(
      `${this.constructor.name}.${name} was set to ${String(now[at])} after the address was bound: declare it static.`,
    );
  }
}

defineOptions<SocketServerOptions, BaseServerOptions>(SocketServer, { bind_and_activate: true });
const SETTINGS = {
  address_family: ANY,
  socket_type: ANY,
  allow_reuse_address: SWITCH,
  allow_reuse_port: SWITCH,
  ipv6_only: SWITCH,
} satisfies Rules;
defineSettings(SocketServer, SETTINGS);

/** True if a method was replaced by something that can't be called. */
function isHidden(object: object, name: string): boolean {
  const method = (Object.getPrototypeOf(object) as Record<string, unknown>)[name];
  return typeof method === "function" && typeof (object as Record<string, unknown>)[name] !== "function";
}
