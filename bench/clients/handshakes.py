"""Has a server make its part of full TLS 1.3 handshakes, and counts them.

`python3 handshakes.py PORT SECONDS PID CONNECTIONS CLIENT_HELLO` prints
`{"handshakes": n, "seconds": s, "serverCpu": s, "clientCpu": s}`; PID is the server's, CLIENT_HELLO hexadecimal.

A client that completes a handshake computes as much as the server, and on few cores takes the time that a second thread of
the server should have. So this one only replays a ClientHello, reads until the server has sent all of its flight, with the
signature in it, and leaves. It can't decrypt what it reads, and need not. In Python, as its sockets are little more than the
system's: one of Node's costs about twice as much.
"""

import json
import select
import socket
import sys
import time

from cpu_time import cpu_seconds

# Types of records, RFC 8446 section 5.1, and the length of their heads.
HANDSHAKE = 22
APPLICATION_DATA = 23
HEAD = 5

SERVER_HELLO = 2

# Where the random of a ServerHello begins, and what it is in a HelloRetryRequest: section 4.1.3.
RANDOM = slice(HEAD + 6, HEAD + 6 + 32)
RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")

# An encrypted record with nothing in it but Finished, where the digest is SHA-384: its head, the digest (section 4.4.4), the
# true type of the record, and 16 bytes of the cipher. OpenSSL gives each message a record of its own, and no other message of
# a server's flight is as long as that.
FINISHED = 4 + 48 + 1 + 16

# Seconds that do not count, and the seconds that an answer may take.
WARM_UP = 0.5
PATIENCE = 5


def is_whole(received):
    """Whether all of a server's first flight has arrived, from ServerHello to Finished."""
    if len(received) < RANDOM.stop:
        return False
    if received[0] != HANDSHAKE or received[HEAD] != SERVER_HELLO or received[RANDOM] == RETRY:
        raise ValueError(f"this is no ServerHello that goes on: {received[:80].hex()}")
    at = 0
    while at + HEAD <= len(received):
        length = int.from_bytes(received[at + 3 : at + HEAD], "big")
        if received[at] == APPLICATION_DATA and length == FINISHED:
            return at + HEAD + length <= len(received)
        at += HEAD + length
    return False


class Client:
    """Several connections at a time, each with one handshake."""

    def __init__(self, port, hello, connections):
        self.address = ("127.0.0.1", port)
        self.hello = hello
        self.handshakes = 0
        self.epoll = select.epoll()
        self.open = {}
        for _ in range(connections):
            self.begin()

    def begin(self):
        connection = socket.create_connection(self.address)
        connection.sendall(self.hello)
        self.open[connection.fileno()] = connection, bytearray()
        self.epoll.register(connection, select.EPOLLIN)

    def run(self, seconds):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            ready = self.epoll.poll(PATIENCE)
            if not ready:
                raise TimeoutError(f"the server sent nothing for {PATIENCE} s")
            for descriptor, _ in ready:
                self.read(descriptor)

    def read(self, descriptor):
        connection, received = self.open[descriptor]
        chunk = connection.recv(65536)
        if not chunk:
            raise ConnectionError("the server ended the connection in the middle of its flight")
        received += chunk
        if not is_whole(received):
            return
        # What is closed is no longer waited for.
        del self.open[descriptor]
        connection.close()
        self.handshakes += 1
        self.begin()


def counters(client, pid):
    return {
        "handshakes": client.handshakes,
        "seconds": time.monotonic(),
        "serverCpu": cpu_seconds(pid),
        "clientCpu": time.process_time(),
    }


def main(port, seconds, pid, connections, hello):
    client = Client(int(port), bytes.fromhex(hello), int(connections))
    client.run(WARM_UP)
    start = counters(client, pid)
    client.run(float(seconds))
    end = counters(client, pid)
    print(json.dumps({name: end[name] - start[name] for name in end}))


if __name__ == "__main__":
    main(*sys.argv[1:])
