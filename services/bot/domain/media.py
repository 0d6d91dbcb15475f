"""What a file really is, by its first bytes; its name is never believed."""

from pathlib import PurePosixPath

HEAD = 16

SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF8", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftypmif1", "image/heic"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"OggS", "audio/ogg"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (8, b"WAVE", "audio/wav"),
    (4, b"ftypM4A", "audio/mp4"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
    (4, b"ftyp", "video/mp4"),
)
ENDINGS = {
    "image/jpeg": {".jpg", ".jpeg"}, "image/png": {".png"}, "image/gif": {".gif"}, "image/webp": {".webp"},
    "image/heic": {".heic", ".heif"}, "application/pdf": {".pdf"}, "audio/ogg": {".ogg", ".oga", ".opus"},
    "audio/mpeg": {".mp3"}, "audio/wav": {".wav"}, "audio/mp4": {".m4a"}, "video/webm": {".webm"},
    "video/mp4": {".mp4", ".mov", ".m4a", ".m4v"},
}  # fmt: skip
KNOWN_ENDINGS = frozenset(ending for endings in ENDINGS.values() for ending in endings)


def media_type_of(head: bytes) -> str | None:
    """The type of what begins like this, if it is a picture, a recording, a film or a PDF."""
    return next((kind for place, sign, kind in SIGNATURES if head[place : place + len(sign)] == sign), None)


def name_fits(name: str, media_type: str) -> bool:
    """False when a name claims another known type than the content has; other endings claim nothing."""
    ending = PurePosixPath(name).suffix.lower()
    return ending not in KNOWN_ENDINGS or ending in ENDINGS[media_type]


def plain_name(name: str) -> str:
    """A file's name as it may be shown: no path, no control characters, not too long."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(character for character in last if character.isprintable())[:120] or "file"
