"""Sends lines or datagrams to a server that sends each of them back, and counts those.

`python3 echoes.py PORT SECONDS PID CONNECTIONS tcp|udp` prints
`{"echoes": n, "seconds": s, "serverCpu": s, "clientCpu": s}`; PID is the server's. Each connection has one line on its way, each socket one
datagram. In Python, as its sockets are little more than the system's: a client of Node's would cost as much as the server.
"""

import json
import select
import socket
import sys
import time

from cpu_time import cpu_seconds

# Seconds that do not count, and the seconds that an answer may take.
WARM_UP = 0.5
PATIENCE = 5

KINDS = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}


class Client:
    """Several sockets, each with one message on its way."""

    def __init__(self, port, connections, kind):
        self.echoes = 0
        self.epoll = select.epoll()
        self.open = {}
        for number in range(connections):
            connection = socket.socket(socket.AF_INET, KINDS[kind])
            connection.connect(("127.0.0.1", port))
            message = b"line %06d of the load generator\n" % number
            self.open[connection.fileno()] = connection, message
            self.epoll.register(connection, select.EPOLLIN)
            connection.send(message)

    def run(self, seconds):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            ready = self.epoll.poll(PATIENCE)
            if not ready:
                raise TimeoutError(f"the server sent nothing for {PATIENCE} s")
            for descriptor, _ in ready:
                connection, message = self.open[descriptor]
                # Short enough to come in one piece.
                if connection.recv(4096) != message:
                    raise ValueError("the server sent something else back")
                self.echoes += 1
                connection.send(message)


def counters(client, pid):
    return {
        "echoes": client.echoes,
        "seconds": time.monotonic(),
        "serverCpu": cpu_seconds(pid),
        "clientCpu": time.process_time(),
    }


def main(port, seconds, pid, connections, kind):
    client = Client(int(port), int(connections), kind)
    client.run(WARM_UP)
    start = counters(client, pid)
    client.run(float(seconds))
    end = counters(client, pid)
    print(json.dumps({name: end[name] - start[name] for name in end}))


if __name__ == "__main__":
    main(*sys.argv[1:])
