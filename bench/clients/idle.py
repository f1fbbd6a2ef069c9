"""Opens connections that then do nothing, and says how much memory of the server they hold.

`python3 idle.py PORT PID CONNECTIONS request|silent` prints `{"before": bytes, "after": bytes}`: the server's resident memory without them and
with them. With `request`, each has had one request; PID is the server's.
"""

import json
import resource
import socket
import sys
import time

REQUEST = b"GET /hello HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"

# Connections before those that count: what the first ones load is no cost of a connection.
WARM_UP = 200

# Seconds for a server to come to rest.
SETTLE = 1


def resident(pid):
    """The resident memory of a process in bytes: proc_pid_status(5), `VmRSS`."""
    with open(f"/proc/{pid}/status", encoding="utf-8") as status:
        line = next(line for line in status if line.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024


def open_connection(port, asks):
    connection = socket.create_connection(("127.0.0.1", port))
    if asks:
        connection.sendall(REQUEST)
        if not connection.recv(4096).startswith(b"HTTP/1.1 200 "):
            raise ValueError("a wrong answer")
    return connection


def main(port, pid, connections, kind):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    asks = kind == "request"
    for _ in range(WARM_UP):
        open_connection(int(port), asks).close()
    time.sleep(SETTLE)
    before = resident(pid)
    opened = [open_connection(int(port), asks) for _ in range(int(connections))]
    time.sleep(SETTLE)
    print(json.dumps({"before": before, "after": resident(pid)}))
    for connection in opened:
        connection.setblocking(False)
        try:
            closed = connection.recv(1) == b""
        except BlockingIOError:
            closed = False
        if closed:
            raise ConnectionError("the server closed a connection that counts")


if __name__ == "__main__":
    main(*sys.argv[1:])
