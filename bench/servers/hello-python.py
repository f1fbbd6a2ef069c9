"""The original: the same handler on Python's own http.server."""

import json
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Hello(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = f"Hello from {self.path}\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            # Python closes without a word, which the load generator takes for a failure.
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):
        pass


class Server(ThreadingHTTPServer):
    # Until Python 3.15 the backlog is 5: 64 clients that come at once would wait for retransmitted SYNs.
    request_queue_size = 128

    def handle_error(self, request, client_address):
        # The load generator resets its connections when its run ends.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def end_with_the_runner():
    sys.stdin.read()
    os._exit(0)


httpd = Server(("127.0.0.1", 0), Hello)
threading.Thread(target=end_with_the_runner, daemon=True).start()
print(json.dumps({"port": httpd.server_address[1], "pid": os.getpid()}), flush=True)
httpd.serve_forever()
