"""The original: Python's own server of files."""

import json
import os
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer


class Files(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

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


httpd = Server(("127.0.0.1", 0), partial(Files, directory=sys.argv[1]))
threading.Thread(target=end_with_the_runner, daemon=True).start()
print(json.dumps({"port": httpd.server_address[1], "pid": os.getpid()}), flush=True)
httpd.serve_forever()
