"""What a service runs on, chosen by its composition root."""

from dataclasses import dataclass

from shared.kernel.sealing import Sealer
from shared.ports.blobs import Blobs
from shared.ports.bus import Bus
from shared.ports.clock import Clock
from shared.ports.store import Store


@dataclass(frozen=True, slots=True)
class Engines:
    """The engines of one service. `replica` names this process among its like; `demo` marks every page."""

    store: Store
    bus: Bus
    clock: Clock
    blobs: Blobs
    sealer: Sealer
    session_public_key: bytes
    session_private_key: bytes
    replica: str
    demo: bool = False
