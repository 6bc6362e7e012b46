"""Photos: only their pixels are kept, and nothing that would need much memory is decoded."""

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image

from backoffice_web.people.photo import LARGEST_FILE, read_photo
from shared_web.errors import RuleError


def picture(kind="JPEG", size=(640, 480), colour=(200, 30, 30), mode="RGB", **more):
    written = BytesIO()
    Image.new(mode, size, colour).save(written, kind, **more)
    return written.getvalue()


@pytest.mark.parametrize(
    "file",
    [
        picture(),
        picture("PNG"),
        picture("PNG", mode="RGBA", colour=(1, 2, 3, 90)),
        picture("PNG", mode="L", colour=9),
    ],
)
def test_it_becomes_two_square_jpegs(file):
    photo = read_photo(file)
    for content, side in ((photo.content, 400), (photo.thumbnail, 96)):
        with Image.open(BytesIO(content)) as made:
            assert (made.format, made.size, made.mode) == ("JPEG", (side, side), "RGB")
    assert len(photo.thumbnail) < 10_000


def test_place_camera_and_comment_are_left_out():
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    exif.get_ifd(0x8825)[1] = "N"
    photo = read_photo(picture(exif=exif, comment=b"SecretComment"))
    for content in (photo.content, photo.thumbnail):
        assert b"Secret" not in content
        with Image.open(BytesIO(content)) as made:
            assert not made.getexif() and "comment" not in made.info


def test_a_photo_taken_sideways_is_turned_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    sideways = Image.new("RGB", (400, 400), "white")
    sideways.paste("black", (0, 0, 400, 200))
    written = BytesIO()
    sideways.save(written, "JPEG", exif=exif)
    with Image.open(BytesIO(read_photo(written.getvalue()).content)) as made:
        assert made.getpixel((390, 200))[0] < 60 and made.getpixel((10, 200))[0] > 200


def test_a_bomb_of_pixels_is_refused_before_it_is_decoded():
    with pytest.raises(RuleError, match="fewer pixels"):
        read_photo(_png_that_says(width=30_000, height=30_000))


@pytest.mark.parametrize(
    "file",
    [
        b"",
        b"GIF89a",
        picture("GIF"),
        picture("BMP"),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        picture()[:200],
        b"\xff\xd8\xff" + b"\x00" * 500,
    ],
)
def test_what_is_no_jpg_or_png_is_refused_with_a_sentence(file):
    with pytest.raises(RuleError, match="JPG or PNG"):
        read_photo(file)


def test_a_file_over_two_megabytes_is_refused():
    with pytest.raises(RuleError, match="2 MB"):
        read_photo(picture() + b"\x00" * LARGEST_FILE)


def _png_that_says(*, width, height):
    def chunk(kind, content):
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    )
