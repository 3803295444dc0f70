"""What a command does to its files, recorded by strace, as operations of a disk.

Belongs here: running strace, and reading what it wrote. Does not: what a power cut leaves of it (`disk`).

Every byte is recorded, from every writer: Python, DuckDB, SQLite, dbt. A recording is checked: carried out to its end,
it has to result in the folder as the command left it, byte for byte, or it is refused. So a call that is not
understood here cannot go unnoticed.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from torture.disk import Content, Disk

STRACE = "strace"
#: How the path begins that a process looks for to show where it is: harmless, and strace sees it.
MARK = "/jobmaal is at: "
_CALLS = (
    "open,openat,write,pwrite64,writev,lseek,ftruncate,truncate,fallocate,copy_file_range,sendfile,rename,renameat,"
    "renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat,mkdir,mkdirat,rmdir,fsync,fdatasync,mmap,access,faccessat,"
    "faccessat2"
)
_PATIENCE_SECONDS = 1200
_STRING_RE = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_FILE_RE = re.compile(r"(-?\w+)(?:<((?:\\x[0-9a-f]{2})*)>)?(\(deleted\))?")
_PUNCH_HOLE, _KEEP_SIZE = "FALLOC_FL_PUNCH_HOLE", "FALLOC_FL_KEEP_SIZE"


class NotRecordedError(Exception):
    """What a command did cannot be replayed."""


def is_installed() -> bool:
    """Check whether strace is there."""
    return shutil.which(STRACE) is not None


def mark(place: str) -> None:
    """Note in the recording of this process, if there is one, that it has come to a place."""
    os.access(MARK + place, os.F_OK)


def record(
    command: Sequence[str], root: Path, environment: Mapping[str, str], keep_in: Path
) -> tuple[subprocess.CompletedProcess[str], Disk]:
    """Run a command; return how it ended, and the folder `root` as a disk with what was done to it.

    `keep_in` is a folder that is not there yet, in which the folder is kept as it was. Raises NotRecordedError.
    """
    keep_in.mkdir(parents=True)
    shutil.copytree(root, keep_in / "before", symlinks=True)
    trace = keep_in / "trace"
    traced = [STRACE, "-f", "-y", "-xx", "--seccomp-bpf", "-s", str(1 << 28), "-e", f"trace={_CALLS}", "-o", str(trace)]
    done = subprocess.run(
        [*traced, *command], env=dict(environment), cwd=root, capture_output=True, text=True, check=False,
        timeout=_PATIENCE_SECONDS,
    )  # fmt: skip
    disk = Disk(keep_in / "before")
    with trace.open(encoding="ascii") as lines:
        replay(lines, disk, root)
    trace.unlink()
    _check(disk, root)
    return done, disk


def replay(lines: Iterable[str], disk: Disk, root: Path) -> None:
    """Do to the disk what was done to the folder `root` according to strace. Raises NotRecordedError."""
    player, begun = _Player(disk, str(root)), dict[str, str]()
    for line in lines:
        pid, _, call = line.rstrip("\n").partition(" ")
        call = call.lstrip()
        if call.endswith("<unfinished ...>"):
            begun[pid] = call.removesuffix("<unfinished ...>")
            continue
        if call.startswith("<... "):
            call = begun.pop(pid, "") + call.partition(" resumed>")[2]
        name, bracket, rest = call.partition("(")
        arguments, equals, result = rest.rpartition(" = ")
        if "access" in name:
            player.look(arguments)
        # What failed did nothing; signals and ends of processes are no calls.
        elif bracket and equals and not result.startswith(("-1", "?")):
            player.play(name, arguments.rstrip().removesuffix(")"), result)


def _check(disk: Disk, root: Path) -> None:
    """Raise NotRecordedError where the disk is not what the command left."""
    unknown = {path for node, path in _paths(disk) if node in disk.mapped}
    recorded = {path: content for path, content in disk.files(disk.now()).items() if path not in unknown}
    recorded = {
        path: content.read_bytes() if isinstance(content, Path) else content for path, content in recorded.items()
    }
    there: dict[str, Content] = {}
    for path in root.rglob("*"):
        name = str(path.relative_to(root))
        if path.is_symlink():
            there[name] = str(path.readlink())
        elif path.is_file() and name not in unknown:
            there[name] = path.read_bytes()
    odd = sorted(name for name in recorded.keys() | there.keys() if recorded.get(name) != there.get(name))
    if odd:
        raise NotRecordedError(f"The recording differs from what the command left in: {', '.join(odd[:10])}")


def _paths(disk: Disk, node: int = 0, path: str = "") -> list[tuple[int, str]]:
    found = [(node, path)]
    for name, child in disk.names.get(node, {}).items():
        found += _paths(disk, child, f"{path}/{name}" if path else name)
    return found


@dataclass
class _Player:
    """Carries calls out on a disk. Of each open file it knows how far it is, by its number and node."""

    disk: Disk
    root: str
    at: dict[tuple[str, int], int] = field(default_factory=dict)

    def play(self, name: str, arguments: str, result: str) -> None:
        """Carry out a call that succeeded, if it is about this folder."""
        if name in ("write", "pwrite64", "writev"):
            self._write(name, arguments, int(result.split(maxsplit=1)[0]))
            return
        found = getattr(self, f"_{name}", None)
        play: Callable[[list[str], str], None] = found or _SAME[name].__get__(self)
        play(arguments.split(", "), result)

    def look(self, arguments: str) -> None:
        """Add a place, where the process shows one by looking for a file."""
        path = os.fsdecode(_bytes("".join(_STRING_RE.findall(arguments))))
        if path.startswith(MARK):
            self.disk.mark(path.removeprefix(MARK))

    # --- files ------------------------------------------------------------------------------------------

    def _openat(self, arguments: list[str], result: str) -> None:
        flags = arguments[2] if arguments[0].startswith(("AT_FDCWD", *"0123456789")) else arguments[1]
        number, path = self._file(result)
        if path is None:
            return
        node = self.disk.find(path)
        if node is None:
            if "O_CREAT" not in flags:
                raise NotRecordedError(f"{path} was opened, and nothing is known to be there")
            node = self.disk.make_file(path)
        elif "O_TRUNC" in flags and self.disk.sizes[node]:
            self.disk.truncate(node, 0)
        if node in self.disk.sizes:
            self.at[number, node] = -1 if "O_APPEND" in flags else 0

    def _write(self, name: str, arguments: str, written: int) -> None:
        number, node = self._node(arguments[: arguments.index(",")])
        if node is None:
            return
        data = b"".join(_bytes(text) for text in _STRING_RE.findall(arguments))
        if len(data) < written:
            raise NotRecordedError(f"strace shows {len(data)} of {written} bytes")
        if name == "pwrite64":
            self.disk.write(node, int(arguments.rpartition(", ")[2]), data[:written])
        else:
            self._write_on(number, node, data[:written])

    def _write_on(self, number: str, node: int, data: bytes) -> None:
        at = self.at.get((number, node), 0)
        self.disk.write(node, self.disk.sizes[node] if at < 0 else at, data)
        if at >= 0:
            self.at[number, node] = at + len(data)

    def _lseek(self, arguments: list[str], result: str) -> None:
        number, node = self._node(arguments[0])
        if node in self.disk.sizes and node is not None and self.at.get((number, node), 0) >= 0:
            self.at[number, node] = int(result.split(maxsplit=1)[0])

    def _ftruncate(self, arguments: list[str], _: str) -> None:
        _, node = self._node(arguments[0])
        if node is not None:
            self.disk.truncate(node, int(arguments[1]))

    def _truncate(self, arguments: list[str], _: str) -> None:
        (path,) = self._paths(arguments)
        node = None if path is None else self.disk.find(path)
        if node is not None:
            self.disk.truncate(node, int(arguments[1]))

    def _fallocate(self, arguments: list[str], _: str) -> None:
        _, node = self._node(arguments[0])
        if node is None:
            return
        mode, offset, length = arguments[1], int(arguments[2]), int(arguments[3])
        if _PUNCH_HOLE in mode:
            inside = min(length, self.disk.sizes[node] - offset)
            self.disk.write(node, offset, bytes(max(inside, 0)))
        elif mode == "0":
            self.disk.truncate(node, max(self.disk.sizes[node], offset + length))
        elif mode != _KEEP_SIZE:
            raise NotRecordedError(f"fallocate with {mode}")

    def _sendfile(self, arguments: list[str], result: str) -> None:
        self._copy(arguments[0], "NULL", arguments[1], arguments[2], int(result.split(maxsplit=1)[0]))

    def _copy_file_range(self, arguments: list[str], result: str) -> None:
        self._copy(arguments[2], arguments[3], arguments[0], arguments[1], int(result.split(maxsplit=1)[0]))

    def _copy(self, to: str, to_offset: str, source: str, source_offset: str, copied: int) -> None:
        number, node = self._node(to)
        found = _FILE_RE.match(source)
        if node is None or not copied:
            return
        assert found is not None
        path = Path(os.fsdecode(_bytes(found[2])))
        inside, source_node = self._node(source)
        key = (inside, source_node if source_node is not None else hash(path))
        at = self.at.get(key, 0) if source_offset == "NULL" else _offset(source_offset)
        if source_node is not None:
            data = self.disk.read(source_node)[at : at + copied]
        else:
            with path.open("rb") as file:
                file.seek(at)
                data = file.read(copied)
        if source_offset == "NULL":
            self.at[key] = at + len(data)
        if to_offset == "NULL":
            self._write_on(number, node, data)
        else:
            self.disk.write(node, _offset(to_offset), data)

    def _mmap(self, arguments: list[str], _: str) -> None:
        if "PROT_WRITE" not in arguments[2] or "MAP_SHARED" not in arguments[3]:
            return
        _, node = self._node(arguments[4])
        if node is None:
            return
        name = os.fsdecode(_bytes(_FILE_RE.match(arguments[4])[2]))  # type: ignore[index]
        if not name.endswith("-shm"):
            raise NotRecordedError(f"{name} is written by way of memory")
        self.disk.mapped.add(node)

    def _fsync(self, arguments: list[str], _: str) -> None:
        _, path = self._file(arguments[0])
        if path is not None:
            self.disk.flush(path)

    # --- names ------------------------------------------------------------------------------------------

    def _rename(self, arguments: list[str], _: str) -> None:
        old, new = self._paths(arguments)
        if (old is None) != (new is None):
            raise NotRecordedError(f"renamed out of the folder or into it: {old or new}")
        if old is not None and new is not None and old != new:
            self.disk.rename(old, new)

    def _link(self, arguments: list[str], _: str) -> None:
        old, new = self._paths(arguments)
        if new is not None:
            if old is None:
                raise NotRecordedError(f"{new} is a hard link to a file elsewhere")
            self.disk.add_name(old, new)

    def _symlink(self, arguments: list[str], _: str) -> None:
        # What it leads to is a text, whatever is there.
        (path,) = self._paths(arguments[1:])
        if path is not None:
            self.disk.make_link(path, os.fsdecode(_string(arguments[0])))

    def _unlink(self, arguments: list[str], _: str) -> None:
        (path,) = self._paths(arguments)
        if path is not None:
            self.disk.remove(path)

    def _mkdir(self, arguments: list[str], _: str) -> None:
        (path,) = self._paths(arguments)
        if path is not None:
            self.disk.make_folder(path)

    # --- arguments --------------------------------------------------------------------------------------

    def _paths(self, arguments: list[str]) -> list[str | None]:
        """Return the paths among the arguments as below the folder; None for one elsewhere.

        A path stands alone, or behind the open folder that it is relative to.
        """
        found: list[str | None] = []
        for before, argument in zip(["", *arguments], arguments, strict=False):
            if not argument.startswith('"'):
                continue
            path = os.fsdecode(_string(argument))
            if not path.startswith("/"):
                folder = _FILE_RE.match(before)
                if folder is None or folder[2] is None:
                    raise NotRecordedError(f"{path} is relative to a folder that is not known")
                path = f"{os.fsdecode(_bytes(folder[2]))}/{path}"
            found.append(self._below(os.path.normpath(path)))
        return found

    def _below(self, path: str) -> str | None:
        if path == self.root:
            return ""
        return path[len(self.root) + 1 :] if path.startswith(self.root + "/") else None

    def _file(self, argument: str) -> tuple[str, str | None]:
        """Return the number of an open file, and its path below the folder; None for one elsewhere, or gone."""
        found = _FILE_RE.match(argument)
        if found is None or found[2] is None or found[3]:
            return argument, None
        return found[1], self._below(os.fsdecode(_bytes(found[2])))

    def _node(self, argument: str) -> tuple[str, int | None]:
        number, path = self._file(argument)
        return number, None if path is None else self.disk.find(path)


#: Calls that take the same arguments, or those of another behind an open folder.
_SAME: Mapping[str, Callable[..., None]] = {
    "open": _Player._openat, "renameat": _Player._rename, "renameat2": _Player._rename, "linkat": _Player._link,
    "symlinkat": _Player._symlink, "unlinkat": _Player._unlink, "rmdir": _Player._unlink, "mkdirat": _Player._mkdir,
    "fdatasync": _Player._fsync,
}  # fmt: skip


def _offset(argument: str) -> int:
    """Return the number that a pointer led to before the call, as in `[0] => [4096]`."""
    return int(argument[1:].partition("]")[0])


def _string(argument: str) -> bytes:
    found = _STRING_RE.match(argument)
    if found is None:
        raise NotRecordedError(f"no path: {argument[:80]}")
    return _bytes(found[1])


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))
