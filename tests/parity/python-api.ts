/** Kind of a name: of a module, of a class, or on the command line. */
export type Kind = "class" | "function" | "method" | "classattr" | "attribute" | "option";

/** A name that Python has. */
export interface PythonName {
  readonly module: "socketserver" | "http.server";
  /** The class that defines it; `""` for a name of the module itself. */
  readonly owner: string;
  readonly name: string;
  readonly kind: Kind;
}

type Row = readonly [module: PythonName["module"], owner: string, kind: Kind, names: string];

/**
 * The names of Python's `socketserver` and `http.server`, 3.11 to 3.15, by their class or module; also some well-known
 * ones that begin with an underscore. Without CGI, which Python 3.15 has removed.
 */
const ROWS: readonly Row[] = [
  [
    "socketserver",
    "",
    "class",
    `BaseServer TCPServer UDPServer UnixStreamServer UnixDatagramServer ForkingMixIn
     ThreadingMixIn ThreadingTCPServer ThreadingUDPServer ThreadingUnixStreamServer
     ThreadingUnixDatagramServer ForkingTCPServer ForkingUDPServer ForkingUnixStreamServer
     ForkingUnixDatagramServer BaseRequestHandler StreamRequestHandler DatagramRequestHandler`,
  ],
  [
    "socketserver",
    "BaseServer",
    "method",
    `__init__ server_activate serve_forever shutdown service_actions handle_request
     _handle_request_noblock get_request verify_request process_request finish_request
     shutdown_request close_request handle_error handle_timeout server_close fileno __enter__
     __exit__`,
  ],
  ["socketserver", "BaseServer", "attribute", "server_address RequestHandlerClass"],
  ["socketserver", "BaseServer", "classattr", "timeout"],
  [
    "socketserver",
    "TCPServer",
    "method",
    `__init__ server_bind server_activate server_close fileno get_request shutdown_request
     close_request`,
  ],
  ["socketserver", "TCPServer", "attribute", "socket"],
  [
    "socketserver",
    "TCPServer",
    "classattr",
    "address_family socket_type request_queue_size allow_reuse_address allow_reuse_port",
  ],
  [
    "socketserver",
    "UDPServer",
    "classattr",
    "socket_type allow_reuse_address allow_reuse_port max_packet_size",
  ],
  ["socketserver", "UDPServer", "method", "get_request server_activate shutdown_request close_request"],
  ["socketserver", "UnixStreamServer", "classattr", "address_family"],
  ["socketserver", "UnixDatagramServer", "classattr", "address_family"],
  ["socketserver", "ForkingMixIn", "classattr", "timeout max_children block_on_close"],
  ["socketserver", "ForkingMixIn", "attribute", "active_children"],
  [
    "socketserver",
    "ForkingMixIn",
    "method",
    "collect_children handle_timeout service_actions process_request server_close",
  ],
  ["socketserver", "ThreadingMixIn", "classattr", "daemon_threads block_on_close"],
  ["socketserver", "ThreadingMixIn", "attribute", "_threads"],
  ["socketserver", "ThreadingMixIn", "method", "process_request process_request_thread server_close"],
  ["socketserver", "BaseRequestHandler", "method", "__init__ setup handle finish"],
  ["socketserver", "BaseRequestHandler", "attribute", "request client_address server"],
  ["socketserver", "StreamRequestHandler", "classattr", "rbufsize wbufsize timeout disable_nagle_algorithm"],
  ["socketserver", "StreamRequestHandler", "attribute", "connection rfile wfile"],
  ["socketserver", "StreamRequestHandler", "method", "setup finish"],
  ["socketserver", "DatagramRequestHandler", "attribute", "packet socket rfile wfile"],
  ["socketserver", "DatagramRequestHandler", "method", "setup finish"],
  ["http.server", "", "attribute", "__version__ DEFAULT_ERROR_MESSAGE DEFAULT_ERROR_CONTENT_TYPE"],
  ["http.server", "", "function", "test _make_server _get_best_family"],
  [
    "http.server",
    "",
    "class",
    `HTTPServer ThreadingHTTPServer HTTPSServer ThreadingHTTPSServer BaseHTTPRequestHandler
     SimpleHTTPRequestHandler`,
  ],
  ["http.server", "HTTPServer", "classattr", "allow_reuse_address allow_reuse_port"],
  ["http.server", "HTTPServer", "attribute", "server_name server_port"],
  ["http.server", "HTTPServer", "method", "server_bind"],
  ["http.server", "ThreadingHTTPServer", "classattr", "daemon_threads"],
  ["http.server", "HTTPSServer", "method", "__init__ server_activate _create_context"],
  ["http.server", "HTTPSServer", "attribute", "certfile keyfile password alpn_protocols"],
  ["http.server", "ThreadingHTTPSServer", "classattr", "daemon_threads"],
  [
    "http.server",
    "BaseHTTPRequestHandler",
    "attribute",
    `close_connection requestline raw_requestline command path request_version headers
     _headers_buffer`,
  ],
  [
    "http.server",
    "BaseHTTPRequestHandler",
    "classattr",
    `sys_version server_version error_message_format error_content_type default_request_version
     protocol_version MessageClass responses weekdayname monthname rbufsize wbufsize timeout`,
  ],
  [
    "http.server",
    "BaseHTTPRequestHandler",
    "method",
    `handle handle_one_request parse_request handle_expect_100 send_error send_response
     send_response_only send_header end_headers flush_headers log_request log_error log_message
     version_string date_time_string log_date_time_string address_string do_<METHOD>`,
  ],
  [
    "http.server",
    "SimpleHTTPRequestHandler",
    "method",
    `__init__ _send_extra_response_headers do_GET do_HEAD send_head list_directory translate_path
     copyfile guess_type`,
  ],
  ["http.server", "SimpleHTTPRequestHandler", "attribute", "directory extra_response_headers"],
  [
    "http.server",
    "SimpleHTTPRequestHandler",
    "classattr",
    "server_version index_pages extensions_map default_content_type",
  ],
  [
    "http.server",
    "command line",
    "option",
    `port --bind --directory --protocol --content-type --tls-cert --tls-key --tls-password-file
     --header --help`,
  ],
];

/** {@link ROWS}, name by name. */
export const PYTHON_API: readonly PythonName[] = ROWS.flatMap(([module, owner, kind, names]) =>
  names.split(/\s+/).map((name) => ({ module, owner, kind, name })),
);
