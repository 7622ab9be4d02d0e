"""Many clients that break every rule, at once and over and over, while good ones append and read.
The good ones are served, nothing comes in that was not asked for, and memory and connections stay
bounded."""

import os
import random
import socket
import threading

from fieldledger import OWN_MEMORY_MAX_MIB, ProcessTest, main, patience, wait_until
from wire import Peer, field, fields, frame
from writer import READ, STATUS, Sent, Writer, check_ledger, packed_event, read_head, record_of

SEED = int(os.environ.get("FIELDLEDGER_SEED", "77"))
COPIES = 3  # of each kind, on each socket
STILL_TURNS = 25  # looks at the head, half a second in all
TURNS = 5  # of each at least, however fast the good ones are
TURNS_MAX = 40  # a connection each: all together stay below any limit of open files
FLOOD = 10_000
GOOD_EVENTS = 300
REQUEST_SIZE_MAX = 8 << 20


class Hostile(threading.Thread):
    """Does the same thing to a socket until it is stopped."""

    def __init__(self, path, misdeed, seed):
        super().__init__(daemon=True)
        self.path, self.misdeed = path, misdeed
        self.chance = random.Random(seed)
        self.stopping = threading.Event()
        self.turns = 0
        self.sent = []  # appends that may well be stored
        self.held = []  # connections that stay open
        self.problem = None

    def run(self):
        while not self.stopping.is_set():
            try:
                self.misdeed(self)
            except OSError:
                pass  # it was hung up on
            except Exception as problem:  # shown by the test's own thread
                self.problem = problem
                return
            self.turns += 1
            self.stopping.wait(0.01 if self.turns < TURNS_MAX else None)

    def end(self):
        self.stopping.set()
        self.join(patience(60))
        for peer in self.held:
            peer.socket.close()
        if self.is_alive():
            raise AssertionError(f"{self.misdeed.__name__} hangs")
        if self.problem is not None:
            raise self.problem

    def peer(self, **options):
        peer = Peer(self.path, seconds=5, **options)
        peer.greet()
        return peer

    def append(self):
        one = Sent((packed_event("ext/hostile", "hostile", self.chance.randbytes(100)),))
        self.sent.append(one)
        return one.request()

    def request(self):
        """One that the socket takes."""
        return self.append() if self.path.name == "append.sock" else field(STATUS, b"")


def whole_frame(body):
    return frame(b"\x80\0\0\1" + body)


def expect_error(peer):
    """False: hung up, as happens to all when a listener is made anew."""
    reply = peer.receive()
    if reply is not None and 1 not in fields(reply):
        raise AssertionError(f"nonsense was answered with {reply}")
    return reply is not None


def die_in_a_request(hostile):
    data = whole_frame(hostile.request())
    with hostile.peer() as peer:
        peer.send_bytes(data[: hostile.chance.randrange(1, len(data))])


def reset_in_a_request(hostile):
    """Leaves with answers unread, so that the kernel resets the connection."""
    with hostile.peer() as peer:
        for _ in range(20):
            peer.send(hostile.request())


def stall_in_a_request(hostile):
    if len(hostile.held) == 50:
        hostile.stopping.wait(0.05)
        return
    data = whole_frame(hostile.request())
    peer = hostile.peer()
    hostile.held.append(peer)
    peer.send_bytes(data[: hostile.chance.randrange(1, len(data))])


def flood(hostile):
    """Asks on and on and takes no answer, until it is hung up on or kept waiting."""
    with hostile.peer() as peer:
        for _ in range(FLOOD):
            peer.send(hostile.request())
            if hostile.stopping.is_set():
                return


def send_garbage(hostile):
    with hostile.peer() as peer:
        peer.send_bytes(hostile.chance.randbytes(hostile.chance.randint(1, 5_000)))
        peer.receive_bytes(1)


def send_garbage_requests(hostile):
    with hostile.peer() as peer:
        for _ in range(20):
            peer.send(hostile.chance.randbytes(hostile.chance.randint(0, 300)))
            if not expect_error(peer):
                return


def send_truncated_requests(hostile):
    whole = Sent((packed_event("ext/hostile", "hostile", bytes(100)),)).request()
    with hostile.peer() as peer:
        for _ in range(20):
            peer.send(whole[: hostile.chance.randrange(1, len(whole))])
            if not expect_error(peer):
                return


def send_oversize(hostile):
    with hostile.peer() as peer:
        size = hostile.chance.choice((REQUEST_SIZE_MAX + 100, 1 << 40, (1 << 63) - 1, (1 << 64) - 1))
        peer.send_bytes(frame(b"\x80\0\0\1", size))
        if peer.receive() is not None:
            raise AssertionError("an oversize frame was answered")


def send_largest(hostile):
    """As much as is allowed, and nothing in it is any use."""
    with hostile.peer() as peer:
        peer.send(bytes(REQUEST_SIZE_MAX - 100))
        peer.receive()
    hostile.stopping.wait(0.2)


def send_empty(hostile):
    with hostile.peer() as peer:
        for size in (0, 1, 3):
            peer.send_bytes(frame(bytes(size)))
        peer.receive_bytes(1)


def send_lengths_inside(hostile):
    """A well-framed message whose fields claim to be longer than it is."""
    with hostile.peer() as peer:
        for length in (1 << 14, 1 << 31, (1 << 64) - 1):
            claim = bytearray()
            while length > 0x7F:
                claim.append(length & 0x7F | 0x80)
                length >>= 7
            claim.append(length)
            peer.send(b"\x52" + bytes(claim) + b"\x0a")
            if not expect_error(peer):
                return


def leave_before_the_greeting(hostile):
    """This can stop NNG's listener, which ledgerd then makes anew: not without a pause, or nobody
    would ever get in between."""
    try:
        with socket.socket(socket.AF_UNIX) as unread:
            unread.connect(os.fspath(hostile.path))
    finally:
        hostile.stopping.wait(0.5)


MISDEEDS = (
    die_in_a_request,
    reset_in_a_request,
    stall_in_a_request,
    flood,
    send_garbage,
    send_garbage_requests,
    send_truncated_requests,
    send_oversize,
    send_largest,
    send_empty,
    send_lengths_inside,
    leave_before_the_greeting,
)


# A connection that ends while messages go both ways can stop the thread of NNG 1.5 that frees
# connections (libledger/rpc/nng_close.c): after these, open files cannot be counted.
MAY_STOP_THE_REAPER = (reset_in_a_request, flood, leave_before_the_greeting)


class Reader(threading.Thread):
    """Follows a stream by waiting reads, as a projection does; connects again when cut off."""

    def __init__(self, path, stream, enough):
        super().__init__(daemon=True)
        self.path, self.stream, self.enough = path, stream, enough
        self.records = []
        self.problem = None

    def run(self):
        try:
            while len(self.records) < self.enough:
                try:
                    self.follow()
                except OSError:
                    pass
        except Exception as problem:  # shown by the test's own thread
            self.problem = problem

    def follow(self):
        with Peer(self.path, seconds=30) as peer:
            if peer.greet() is None:
                return
            while len(self.records) < self.enough:
                at = self.records[-1].position + 1 if self.records else 1
                peer.send(
                    field(READ, field(1, at) + field(2, field(1, self.stream)) + field(5, 5_000))
                )
                reply = peer.receive()
                if reply is None:
                    return
                page = fields(fields(reply)[READ][0])
                self.records += [record_of(data) for data in page.get(1, [])]


class HostileClients(ProcessTest):
    def setUp(self):
        print(f"seed {SEED}")
        self.started = self.ledger()
        self.ledgerd = self.started.processes["ledgerd"]
        self.run_folder = self.started.data / "run"
        self.files_before = self.ledgerd.open_files()
        self.memory = 0

    def attack(self, misdeeds, copies):
        hostiles = [
            Hostile(self.run_folder / f"{name}.sock", misdeed, SEED + number)
            for number in range(copies)
            for misdeed in misdeeds
            for name in ("append", "read")
        ]
        for one in hostiles:
            one.start()
        return hostiles

    def serve_good_ones(self, hostiles):
        """Until they have all they want, and each hostile one has had its turns."""
        good = Writer(self.run_folder / "append.sock", "good", GOOD_EVENTS, persist=True)
        reader = Reader(self.run_folder / "read.sock", "ext/good", 1)
        good.start()
        good.join(60)
        self.assertIsNone(good.problem)
        self.assertGreaterEqual(good.stored, GOOD_EVENTS, "a good writer is kept from its work")
        reader.enough = good.version
        reader.start()
        reader.join(60)
        self.assertIsNone(reader.problem)
        self.assertEqual(
            [record.event for record in reader.records],
            [event for one in good.sent for event in one.events if good.own in event],
        )
        wait_until(lambda: all(is_through(one) for one in hostiles), "the hostile ones are through")
        return good

    def under(self, misdeeds, copies):
        hostiles = self.attack(misdeeds, copies)
        watch = threading.Thread(target=self.watch_memory, args=(hostiles,), daemon=True)
        watch.start()
        try:
            good = self.serve_good_ones(hostiles)
        finally:
            for one in hostiles:
                one.stopping.set()
        for one in hostiles:
            one.end()
        watch.join()
        self.assertLess(self.memory, OWN_MEMORY_MAX_MIB)
        self.assertTrue(self.ledgerd.is_running())
        if not set(misdeeds) & set(MAY_STOP_THE_REAPER):
            wait_until(
                lambda: self.ledgerd.open_files() < self.files_before + 20,
                "connections are closed",
            )
        self.wait_for_rest()
        sent = good.sent + [one for hostile in hostiles for one in hostile.sent]
        check_ledger(self, self.started, sent)
        turns = {}
        for one in hostiles:
            name = one.misdeed.__name__
            turns[name] = turns.get(name, 0) + one.turns
        print("own memory at most", f"{self.memory:.0f} MiB;", turns)

    def wait_for_rest(self):
        """Appends of clients that are gone may still be under way, and a listener that they stopped
        may be about to be made anew."""
        heads = []

        def stands_still():
            try:
                heads.append(read_head(self.started))
            except (OSError, TypeError):  # nobody listens, or the service hung up
                heads.clear()
            return len(heads) >= STILL_TURNS and len(set(heads[-STILL_TURNS:])) == 1

        wait_until(stands_still, "nothing is added any more")

    def watch_memory(self, hostiles):
        while not hostiles[0].stopping.wait(0.1):
            self.memory = max(self.memory, self.ledgerd.own_memory_mib())

    def test_floods(self):
        self.under((flood,), COPIES)

    def test_nothing_is_left_of_them(self):
        self.under([one for one in MISDEEDS if one not in MAY_STOP_THE_REAPER], COPIES)

    def test_all_at_once(self):
        self.under(MISDEEDS, COPIES)


def is_through(hostile):
    """A flood may last as long as it is borne."""
    return hostile.turns >= (1 if hostile.misdeed is flood else TURNS) or hostile.problem


if __name__ == "__main__":
    main()
