"""Talks to a service byte by byte: the REQ side of NNG over a Unix socket, and just enough
protobuf to build requests, right or wrong, and to take replies apart."""

import os
import socket
import struct
import time

from fieldledger import patience

REQ = 0x30
REP = 0x31
FRAME = 0x01  # ahead of each message on an ipc transport


def hello(protocol=REQ):
    return b"\x00SP\x00" + struct.pack(">HH", protocol, 0)


def connect(path, deadline):
    """Waits while the service's backlog is full, and while it makes a stopped listener anew: for a
    moment there is no socket then."""
    while True:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.connect(path)
            return connection
        except (FileNotFoundError, ConnectionRefusedError):
            connection.close()
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


class Peer:
    """A connection to a service's socket."""

    def __init__(self, path, greeting=hello(), seconds=10):
        seconds = patience(seconds)
        self.socket = connect(os.fspath(path), time.monotonic() + seconds)
        self.socket.settimeout(seconds)
        self.send_bytes(greeting)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send_bytes(self, data):
        self.socket.sendall(data)

    def receive_bytes(self, size):
        """Exactly `size` bytes; None if the service hangs up first."""
        data = b""
        while len(data) < size:
            try:
                part = self.socket.recv(size - len(data))
            except ConnectionResetError:
                part = b""
            if not part:
                return None
            data += part
        return data

    def greet(self):
        """What the service says of itself; None if it hangs up."""
        greeting = self.receive_bytes(8)
        return greeting and struct.unpack(">4sHH", greeting)[1]

    def send(self, body, request_id=1):
        self.send_bytes(frame(struct.pack(">I", 0x80000000 | request_id) + body))

    def receive(self):
        """The body of the next reply; None if the service hangs up."""
        header = self.receive_bytes(9)
        if header is None:
            return None
        mark, size = struct.unpack(">BQ", header)
        assert mark == FRAME, header
        message = self.receive_bytes(size)
        return message and message[4:]


def frame(message, size=None):
    """`size` may be a lie."""
    return struct.pack(">BQ", FRAME, len(message) if size is None else size) + message


def ask(path, body):
    """One request, one reply; None if the service hangs up."""
    with Peer(path) as peer:
        if peer.greet() is None:
            return None
        peer.send(body)
        return peer.receive()


# ---- protobuf


def varint(number):
    number &= (1 << 64) - 1
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def field(number, value):
    """A field of a message: an int, bytes, text, or a list of them."""
    if isinstance(value, list):
        return b"".join(field(number, one) for one in value)
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def fields(message):
    """{number: [values]} of a message; texts and messages inside stay bytes."""
    found, at = {}, 0
    while at < len(message):
        key, at = read_varint(message, at)
        if key & 7 == 0:
            value, at = read_varint(message, at)
        else:
            size, at = {1: (8, at), 5: (4, at)}.get(key & 7) or read_varint(message, at)
            value, at = message[at : at + size], at + size
        found.setdefault(key >> 3, []).append(value)
    return found


def read_varint(data, at):
    number, shift = 0, 0
    while True:
        byte = data[at]
        number |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return number, at


# ---- what the service computes


def share_bucket(stream):
    """Which of 64 buckets a stream's name falls into: 64-bit FNV-1a, folded (libledger/WIRE.md)."""
    hash_ = 0xCBF29CE484222325
    for byte in stream.encode():
        hash_ = (hash_ ^ byte) * 0x100000001B3 & (1 << 64) - 1
    for shift in (32, 16, 8):
        hash_ ^= hash_ >> shift
    return hash_ % 64


def in_share(stream, index, count):
    """Is the stream one of reader `index`'s, of `count`?"""
    return share_bucket(stream) % count == index - 1
