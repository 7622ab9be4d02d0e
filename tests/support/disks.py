"""File systems of a test's own, to be filled, cut off and mounted again: ext4 in a file, by way of
a loop device. They are mounted in a namespace of the test process: whatever becomes of the test,
nothing stays mounted."""

import ctypes
import errno
import fcntl
import os
import pathlib
import shutil
import struct
import subprocess
import tempfile
import unittest

from fieldledger import Ledger

CLONE_NEWNS = 0x00020000
MS_REC_PRIVATE = 0x4000 | 0x40000
EXT4_IOC_SHUTDOWN = 0x8004587D
NOLOGFLUSH = 2  # what the journal has not written is gone

in_namespace = False


def run(*command):
    """Raises OSError with what the command said."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise OSError(f"{command[0]}: {done.stderr.strip()}")


def enter_namespace():
    global in_namespace
    if in_namespace:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) != 0 or libc.mount(b"none", b"/", None, MS_REC_PRIVATE, None) != 0:
        raise OSError(f"a mount namespace: {os.strerror(ctypes.get_errno())}")
    in_namespace = True


class Disk:
    """An ext4 of `mib` MiB at `folder`. `backing` is where its file is kept."""

    def __init__(self, folder, mib, backing):
        self.folder = pathlib.Path(folder)
        self.image = pathlib.Path(backing) / "disk.img"
        with open(self.image, "wb") as image:
            image.truncate(mib << 20)
        run("mkfs.ext4", "-q", "-F", "-m", "0", self.image)
        self.folder.mkdir(exist_ok=True)
        self.mount()

    def mount(self):
        run("mount", "-o", "loop", self.image, self.folder)

    def unmount(self):
        run("umount", self.folder)

    def cut_power(self):
        """From now on nothing reaches the disk. What had not been synced is lost: it shows once the
        disk is unmounted, which drops the page cache, and mounted again."""
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.ioctl(folder, EXT4_IOC_SHUTDOWN, struct.pack("I", NOLOGFLUSH))
        finally:
            os.close(folder)

    def free_bytes(self):
        stat = os.statvfs(self.folder)
        return stat.f_bavail * stat.f_frsize

    def take_all(self):
        """To the last block, however much others take meanwhile."""
        path, size = self.folder / "ballast", self.free_bytes()
        with open(path, "wb") as file:
            end = 0
            while size >= 4096:
                try:
                    os.posix_fallocate(file.fileno(), end, size)
                    end += size
                except OSError as problem:
                    if problem.errno != errno.ENOSPC:
                        raise
                size = min(size // 2, self.free_bytes())
        return path

    def ballast(self, size, name="ballast"):
        """Takes room; delete the file to give it back."""
        path = self.folder / name
        with open(path, "wb") as file:
            os.posix_fallocate(file.fileno(), 0, size)
        return path


class LedgerOnDisk(Ledger):
    """A ledger whose data folder is a disk of its own. Its sockets are there too, its logs not."""

    def __init__(self, mib, *, options=(), backing=None):
        super().__init__(options=options)
        self.disk = Disk(self.data, mib, backing or self.folder)

    def remove(self):
        self.disk.unmount()
        super().remove()


class Thin:
    """A folder in memory with an end to it, for the file of a disk that says it has more."""

    def __init__(self, mib):
        self.mib = mib

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="fl-thin-", dir="/tmp"))
        run("mount", "-t", "tmpfs", "-o", f"size={self.mib}m", "none", self.folder)
        return self

    def __exit__(self, *_):
        run("umount", self.folder)
        self.folder.rmdir()

    def grow(self, mib):
        run("mount", "-o", f"remount,size={mib}m", self.folder)


def need_disks():
    """Skips the test where no disk can be made."""
    reason = why_no_disks()
    if reason:
        raise unittest.SkipTest(reason)


def why_no_disks():
    if os.geteuid() != 0:
        return "a disk of its own needs root (loop devices)"
    for tool in ("mkfs.ext4", "mount", "umount"):
        if shutil.which(tool) is None:
            return f"a disk of its own needs {tool}"
    with tempfile.TemporaryDirectory(prefix="fl-probe-", dir="/tmp") as folder:
        try:
            enter_namespace()
            disk = Disk(pathlib.Path(folder) / "disk", 16, folder)
            disk.cut_power()
            disk.unmount()
        except OSError as problem:
            return f"no disk can be mounted here: {problem}"
    return None
