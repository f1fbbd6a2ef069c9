"""The originals: Python's own socketserver. `python3 echo-python.py DIRECTORY CLASS` with the name of one of its servers."""

import json
import os
import socketserver
import sys
import threading


class EchoLines(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self):
        for line in self.rfile:
            self.wfile.write(line)


class EchoDatagrams(socketserver.DatagramRequestHandler):
    def handle(self):
        self.wfile.write(self.packet)


class QuietMixIn:
    request_queue_size = 128
    daemon_threads = True

    def handle_error(self, request, client_address):
        # The load generator leaves without a word.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def end_with_the_runner():
    sys.stdin.read()
    os._exit(0)


name = sys.argv[2]
Server = type("Server", (QuietMixIn, getattr(socketserver, name)), {})
server = Server(("127.0.0.1", 0), EchoDatagrams if "UDP" in name else EchoLines)
threading.Thread(target=end_with_the_runner, daemon=True).start()
print(json.dumps({"port": server.server_address[1], "pid": os.getpid()}), flush=True)
server.serve_forever()
