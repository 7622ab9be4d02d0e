"""The installed tree, for tests that build against it alone, as a user would."""

import collections
import os
import pathlib
import re
import shlex
import subprocess

from fieldledger import BIN, die_with_parent, patience

BUILD = pathlib.Path(os.environ.get("FIELDLEDGER_BUILD", BIN.parent))
CMAKE = os.environ.get("FIELDLEDGER_CMAKE", "cmake")
CC = shlex.split(os.environ.get("FIELDLEDGER_CC", "cc"))
# The library's own sanitizer, if it has one: the program must bring its run-time.
CFLAGS = shlex.split(os.environ.get("FIELDLEDGER_CFLAGS", ""))
WARNINGS = ["-std=c17", "-Wall", "-Wextra", "-Werror", "-D_GNU_SOURCE"]


def run(*command, **options):
    options = {"capture_output": True, "text": True, "timeout": patience(120), **options}
    done = subprocess.run([str(word) for word in command], **options)
    if done.returncode != 0:
        raise AssertionError(f"{command}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


class Installed:
    """A prefix of its own. `package` is what programs are built against."""

    def __init__(self, folder, package):
        self.prefix = pathlib.Path(folder) / "usr"
        self.package = package
        run(CMAKE, "--install", BUILD, "--prefix", self.prefix)
        (pkgconfig,) = self.prefix.rglob("pkgconfig")
        self.environment = {**os.environ, "PKG_CONFIG_PATH": str(pkgconfig)}
        self.library = pkgconfig.parent
        self.environment["LD_LIBRARY_PATH"] = str(self.library)
        self.flags = shlex.split(self.pkg_config("--cflags", "--libs"))

    def pkg_config(self, *words):
        return run("pkg-config", *words, self.package, env=self.environment)

    def shared(self, name):
        """The file of lib<name>.so."""
        (library,) = self.library.glob(f"lib{name}.so.0.*")
        return library

    def compile(self, source, program, *more):
        flags = [*WARNINGS, *CFLAGS, *more]
        run(*CC, *flags, source, *self.flags, "-pthread", "-o", program)

    def start(self, name, *arguments, **options):
        return subprocess.Popen(
            [self.prefix / name, *map(str, arguments)],
            env=self.environment,
            text=True,
            preexec_fn=die_with_parent,
            **options,
        )

    def run(self, name, *arguments, expect=0):
        with self.start(
            name, *arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            output, errors = process.communicate(timeout=patience(120))
        if process.returncode != expect:
            raise AssertionError(f"{name}: status {process.returncode}\n{output}{errors}")
        return output.split()


def declared(headers, prefix):
    """Names of the functions that the headers declare and do not define themselves."""
    names, inline = set(), set()
    for header in headers:
        text = re.sub(r"//.*|^#.*(\\\n.*)*", "", header.read_text(), flags=re.M)
        inline |= set(re.findall(r"static inline [^(;]*?(\w+)\(", text))
        names |= set(re.findall(rf"\b({prefix}_\w+)\s*\(", text))
    return names - inline


def dynamic_symbols(library, which):
    """(name, version) of each; the names of versions themselves are left out."""
    for line in run("nm", "--dynamic", which, "--extern-only", library).splitlines():
        kind, name = line.split()[-2:]
        if kind != "A":
            yield re.fullmatch("([^@]*)@*(.*)", name).groups()


def exported(library):
    """Names by version."""
    names = collections.defaultdict(set)
    for name, version in dynamic_symbols(library, "--defined-only"):
        names[version].add(name)
    return names


def imported(library, version):
    symbols = dynamic_symbols(library, "--undefined-only")
    return {name for name, of in symbols if of == version}


def contained(library):
    """Names of all functions and objects in it, exported or not."""
    lines = [line.split() for line in run("nm", "--defined-only", library).splitlines()]
    return {name.split("@")[0] for _, kind, name in lines if kind.lower() in "tdbr"}
