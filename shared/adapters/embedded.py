"""The embedded engines: one folder holds the database, the files and the keys, for one process at a time."""

import contextlib
import fcntl
import json
import os
import secrets
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from shared.adapters.blobs_files import FileBlobs
from shared.adapters.bus_embedded import EmbeddedBus
from shared.adapters.sqlite_database import Database
from shared.adapters.store_sqlite import SqliteStore
from shared.contracts.topics import all_topics
from shared.kernel.sealing import Sealer
from shared.ports.clock import Clock
from shared.runtime.engines import Engines

EnginesFor = Callable[[str], Engines]
KEY_BYTES = 32


class FolderUnusable(Exception):
    """The data folder can't be used; the sentence says why and what to do."""


@contextlib.asynccontextmanager
async def embedded_engines(folder: Path, clock: Clock, *, demo: bool) -> AsyncIterator[EnginesFor]:
    """Engines for each service by name, on one folder. Raises FolderUnusable."""
    with _locked(folder):
        sealer, private_key, public_key = _keys(folder / "keys")
        database = Database(folder / "fengqiao.db")
        bus, blobs = EmbeddedBus(database), FileBlobs(folder / "files")
        await bus.create(all_topics())

        def engines_for(service: str) -> Engines:
            return Engines(
                store=SqliteStore(database, service), bus=bus, clock=clock, blobs=blobs, sealer=sealer,
                session_public_key=public_key, session_private_key=private_key, replica="embedded", demo=demo,
            )  # fmt: skip

        try:
            yield engines_for
        finally:
            await database.close()


@contextlib.contextmanager
def _locked(folder: Path):  # type: ignore[no-untyped-def]  # noqa: ANN202
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("w")
    except OSError as error:
        raise FolderUnusable(
            f"The data folder {folder} can't be written ({error.strerror}). Choose another with FENGQIAO_DATA."
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise FolderUnusable(
                f"Another Fengqiao uses the data folder {folder}. Stop it, or choose another with FENGQIAO_DATA."
            ) from error
        yield


def _keys(folder: Path) -> tuple[Sealer, bytes, bytes]:
    """Reads the keys; makes them the first time. Who can read this folder can read everything."""
    folder.mkdir(mode=0o700, exist_ok=True)
    sealing = folder / "sealing.json"
    if not sealing.exists() and (folder.parent / "fengqiao.db").exists():
        raise FolderUnusable(f"The keys in {folder} are missing, and without them the data can't be read. Put them back.")
    if not sealing.exists():
        fresh = {"newest": "k1", "keys": {"k1": secrets.token_hex(KEY_BYTES)}, "index": secrets.token_hex(KEY_BYTES)}
        _write_private(sealing, json.dumps(fresh).encode())
    known = json.loads(sealing.read_text())
    session = folder / "session.pem"
    if not session.exists():
        pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        _write_private(session, pem)
    private = session.read_bytes()
    public = load_pem_private_key(private, password=None).public_key()
    sealer = Sealer(
        {name: bytes.fromhex(key) for name, key in known["keys"].items()},
        known["newest"],
        bytes.fromhex(known["index"]),
    )
    return sealer, private, public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _write_private(path: Path, data: bytes) -> None:
    part = path.with_suffix(".part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
