"""The checksum of a bridge request's or answer's content, in a header beside it.

TLS notices a byte that was changed on the way, a plain line and a broken proxy do not; a changed digit in an
upload would be a sale that never was. Of the content as it is after decompression, because a proxy may
compress it. The change stream carries none: its records have the digest, and gzip a checksum of its own.
"""

from __future__ import annotations

from hashlib import blake2b

DIGEST_HEADER = "Evertill-Digest"
# The office's word for a request that came damaged: to be sent again, and no fault of its content.
DAMAGED = "damaged"


def content_digest(content: bytes) -> str:
    """32 hexadecimal digits."""
    return blake2b(content, digest_size=16).hexdigest()


def is_intact(content: bytes, told: str | None) -> bool:
    """Is `content` what the other side sent? True as well when it did not tell (an older release)."""
    return told is None or told.strip() == content_digest(content)
