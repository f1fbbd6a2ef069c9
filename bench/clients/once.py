"""Asks once for each of many files that the system has forgotten.

`python3 once.py PORT PID CONNECTIONS DIRECTORY COUNT` prints `{"seconds": s, "serverCpu": s, "read": bytes}`: `read` is what the server had
the disk read; PID is the server's. The files are those that `fixtures.mjs` makes, asked for in an order that is the same each time.
"""

import json
import os
import random
import re
import select
import socket
import sys
import time

from cpu_time import cpu_seconds

# Seconds that an answer may take.
PATIENCE = 30

LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)


def forget(directory, count):
    """Has the system drop the files' contents from its cache."""
    os.sync()
    for number in range(count):
        descriptor = os.open(f"{directory}/many/{number}.txt", os.O_RDONLY)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(descriptor)


def read_bytes(pid):
    """What a process had the disk read: proc_pid_io(5), `read_bytes`."""
    with open(f"/proc/{pid}/io", encoding="ascii") as io:
        return int(dict(line.split(": ") for line in io)["read_bytes"])


def is_whole(received, number):
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return False
    length = LENGTH.search(received, 0, end + 2)
    expected = (number % 64 + 1) * 1024
    if not received.startswith(b"HTTP/1.1 200 ") or length is None or int(length[1]) != expected:
        raise ValueError(f"a wrong answer for file {number}: {received[:300]!r}")
    return len(received) == end + 4 + expected


def ask_for_all(port, connections, count):
    numbers = list(range(count))
    random.Random(1).shuffle(numbers)
    epoll = select.epoll()
    waiting = {}

    def ask(connection):
        number = numbers.pop()
        waiting[connection.fileno()] = connection, number, bytearray()
        connection.send(b"GET /many/%d.txt HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" % number)

    for _ in range(connections):
        connection = socket.create_connection(("127.0.0.1", port))
        epoll.register(connection, select.EPOLLIN)
        ask(connection)
    while waiting:
        ready = epoll.poll(PATIENCE)
        if not ready:
            raise TimeoutError(f"the server sent nothing for {PATIENCE} s")
        for descriptor, _ in ready:
            connection, number, received = waiting[descriptor]
            chunk = connection.recv(262144)
            if not chunk:
                raise ConnectionError("the server ended the connection in the middle of an answer")
            received += chunk
            if is_whole(received, number):
                del waiting[descriptor]
                if numbers:
                    ask(connection)


def main(port, pid, connections, directory, count):
    forget(directory, int(count))
    start = time.monotonic(), cpu_seconds(pid), read_bytes(pid)
    ask_for_all(int(port), int(connections), int(count))
    end = time.monotonic(), cpu_seconds(pid), read_bytes(pid)
    names = ["seconds", "serverCpu", "read"]
    print(json.dumps({name: after - before for name, before, after in zip(names, start, end)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
