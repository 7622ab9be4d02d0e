"""NNG's own command-line tool as a client: requests made by hand, as libledger/WIRE.md tells."""

import shutil
import subprocess
import unittest
import uuid

from fieldledger import ProcessTest, main, patience
from wire import field, fields

APPEND, READ, MOVE_CURSOR, LIST_CURSORS = 10, 11, 17, 18  # of Request and Reply
NNGCAT = shutil.which("nngcat")


@unittest.skipUnless(NNGCAT, "nngcat is not installed (Debian: nng-utils)")
class Nngcat(ProcessTest):
    def setUp(self):
        self.started = self.ledger()

    def ask(self, socket, request):
        """The fields of the reply's body, which has its request's number."""
        file = self.started.folder / "request.bin"
        file.write_bytes(request)
        url = f"ipc://{self.started.data}/run/{socket}.sock"
        # With --count, nngcat 1.5.2 now and then ends with status 1 after its answer.
        command = [NNGCAT, "--req", "--dial", url, "--file", file, "--raw"]
        done = subprocess.run(command, capture_output=True, timeout=patience(60), check=True)
        ((number, (body,)),) = fields(done.stdout).items()
        self.assertEqual([number], list(fields(request)))
        return fields(body)

    def test_the_shortest_request(self):
        """As printed in WIRE.md."""
        status = self.ask("read", b"\x62\x00")
        self.assertEqual(status[1], [b"ledgerd"])

    def test_append_and_read_back(self):
        id_ = uuid.uuid4()
        event = (
            field(1, id_.bytes)
            + field(2, "example/1")
            + field(3, "ext.example.Said")
            + field(5, field(2, field(1, 40_000)))  # occurred: a date
            + field(6, "rep-1")
            + field(16, b"\0 bytes of any kind \xff")
        )
        append = field(APPEND, field(1, field(1, field(1, event))))
        for added, duplicates in ((1, 0), (0, 1)):
            outcome = fields(self.ask("append", append)[1][0])
            self.assertEqual(outcome, {2: [b"\x01"], 3: [added], 4: [duplicates]})
        page = self.ask("read", field(READ, field(1, 1)))
        record = fields(page[1][0])
        self.assertEqual(record[5], [event], "the bytes as they were sent")
        self.assertEqual(page[1][0][:9], b"\x09\1\0\0\0\0\0\0\0", "the position, where it is said to be")
        self.assertEqual((page[2], page[3]), ([1], [1]))

    def test_named_cursors(self):
        name = field(1, "by hand")
        self.assertNotIn(1, self.ask("read", field(LIST_CURSORS, name)))
        moved = fields(self.ask("read", field(MOVE_CURSOR, name + field(2, 0)))[1][0])
        self.assertEqual((moved[1], moved[2]), ([b"by hand"], [0]))
        (listed,) = self.ask("read", field(LIST_CURSORS, name))[1]
        self.assertEqual(fields(listed)[1], [b"by hand"])


if __name__ == "__main__":
    main()
