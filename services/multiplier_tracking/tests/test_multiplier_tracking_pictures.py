"""What people send as a picture is re-encoded until nothing but the picture is left (rule 26)."""

from __future__ import annotations

import asyncio
import resource
import struct
import time
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from relevo_multiplier_tracking.pictures import encoder
from relevo_multiplier_tracking.pictures.encoder import JPEG, MOST_BYTES, PNG, WEBP, Encoder, UnusablePicture
from relevo_testkit.pictures import chunk, png

CANARY = b"Canario-Ambar"
LATITUDE = 12.3456


def photograph(form: str = "JPEG", size: tuple[int, int] = (400, 300), mode: str = "RGB", **more: Any) -> bytes:
    """Dark on the left half, light on the right."""
    picture = Image.new("RGB", size, "white")
    picture.paste("black", (0, 0, size[0] // 2, size[1]))
    if mode == "I;16":
        picture = picture.convert("L").convert("I").point(lambda value: value * 257)
    picture.convert(mode).save(into := BytesIO(), form, **more)
    return into.getvalue()


def with_place(**more: Any) -> Image.Exif:
    exif = Image.Exif()
    exif[0x010F] = CANARY.decode()
    exif.get_ifd(0x8825)[2] = (LATITUDE, 0.0, 0.0)
    for tag, value in more.items():
        exif[int(tag[1:])] = value
    return exif


async def seen(content: bytes, media: str = JPEG) -> Image.Image:
    encoded = await Encoder().encoded(content, media)
    assert len(encoded.jpeg) <= MOST_BYTES
    picture = Image.open(BytesIO(encoded.jpeg))
    picture.load()
    assert (picture.format, picture.mode, picture.size) == ("JPEG", "RGB", (encoded.width, encoded.height))
    assert not picture.getexif()
    assert CANARY not in encoded.jpeg
    return picture


async def why(content: bytes, media: str = JPEG, **bounds: int) -> str:
    with pytest.raises(UnusablePicture) as refused:
        await Encoder(**bounds).encoded(content, media)
    return refused.value.because


def sides(picture: Image.Image) -> tuple[int, int]:
    """How light the left and the right of it are."""
    grey = picture.convert("L")
    found = [grey.getpixel((x, grey.height // 2)) for x in (grey.width // 8, grey.width * 7 // 8)]
    return tuple(round(int(each) / 255) for each in found)  # type: ignore[arg-type,return-value]


@pytest.mark.parametrize(
    ("content", "media"),
    [
        (photograph(), JPEG),
        (photograph(mode="CMYK"), JPEG),
        (photograph(mode="L"), JPEG),
        (photograph(progressive=True), JPEG),
        (photograph("PNG"), PNG),
        (photograph("PNG", mode="P"), PNG),
        (photograph("PNG", mode="1"), PNG),
        (photograph("PNG", mode="LA"), PNG),
        (photograph("PNG", mode="I;16"), PNG),
        (photograph("WEBP"), WEBP),
        (photograph("WEBP", mode="RGBA", lossless=True), WEBP),
    ],
)
async def test_rule_26_a_picture_of_each_kind_is_kept_as_one_and_the_same_kind(content: bytes, media: str) -> None:
    picture = await seen(content, media)
    assert picture.size == (400, 300)
    assert sides(picture)[0] == 0


async def test_rule_26_place_device_and_everything_else_beside_the_picture_is_gone() -> None:
    thumbnail = photograph(size=(40, 30), comment=CANARY)
    for form, media in (("JPEG", JPEG), ("PNG", PNG), ("WEBP", WEBP)):
        sent = photograph(form, exif=with_place(), xmp=b"<x>" + CANARY + b"</x>", icc_profile=CANARY * 20)
        assert CANARY in sent or form == "PNG"
        await seen(sent, media)
    await seen(photograph(comment=CANARY, extra=b"\xff\xe5" + struct.pack(">H", len(thumbnail) + 2) + thumbnail))
    await seen(
        png(40, 30, chunks=chunk(b"tEXt", b"Comment\x00" + CANARY) + chunk(b"eXIf", with_place().tobytes())), PNG
    )


@pytest.mark.parametrize(("orientation", "shows"), [(1, (0, 1)), (2, (1, 0)), (3, (1, 0)), (4, (0, 1))])
async def test_a_picture_stands_as_its_camera_meant_it(orientation: int, shows: tuple[int, int]) -> None:
    assert sides(await seen(photograph(exif=with_place(_274=orientation)))) == shows


@pytest.mark.parametrize("orientation", [5, 6, 7, 8])
async def test_a_picture_that_was_taken_upright_is_shown_upright(orientation: int) -> None:
    assert (await seen(photograph(exif=with_place(_274=orientation)))).size == (300, 400)


async def test_a_picture_whose_metadata_are_broken_is_a_picture_all_the_same() -> None:
    await seen(photograph(exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xff" + CANARY))


async def test_a_large_picture_becomes_small_enough_for_a_poor_line() -> None:
    noise = Image.effect_noise((2400, 1800), 200).convert("RGB")
    noise.save(into := BytesIO(), "JPEG", quality=90)
    picture = await seen(into.getvalue())
    assert max(picture.size) <= 1600
    assert abs(picture.width * 3 - picture.height * 4) <= 4


async def test_rule_26_what_stands_behind_the_picture_goes_nowhere() -> None:
    page = b"<script>" + CANARY + b"</script>"
    await seen(photograph() + page)
    await seen(photograph("PNG") + page + b"PK\x03\x04", PNG)


def bomb() -> bytes:
    return png(20_000, 20_000, colour=0)


def frames(form: str) -> bytes:
    one, two = Image.new("RGB", (20, 20), "white"), Image.new("RGB", (20, 20), "black")
    one.save(into := BytesIO(), form, save_all=True, append_images=[two], duration=100)
    return into.getvalue()


@pytest.mark.parametrize(
    ("content", "media", "because"),
    [
        (b"", JPEG, "not_a_picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", JPEG, "not_a_picture"),
        (b"%PDF-1.7", PNG, "not_a_picture"),
        (b"\x00\x00\x00\x18ftypheic", JPEG, "not_a_picture"),
        (b"<!doctype html>" + photograph(), JPEG, "not_a_picture"),
        (b"GIF89a" + bytes(20), PNG, "not_a_picture"),
        (b"\x00" + photograph(), JPEG, "not_a_picture"),
        (photograph("PNG"), JPEG, "other_type"),
        (photograph(), WEBP, "other_type"),
        (frames("PNG"), PNG, "animated"),
        (frames("WEBP"), WEBP, "animated"),
        (photograph()[:-200], JPEG, "broken"),
        (photograph()[:12], JPEG, "broken"),
        (photograph("PNG")[:-60], PNG, "broken"),
        (photograph("WEBP")[:-60], WEBP, "broken"),
        (png(1, 1)[:33], PNG, "broken"),
        (b"\xff\xd8\xff<?php", JPEG, "broken"),
        (b"RIFF\xff\xff\xff\xffWEBPVP8X", WEBP, "broken"),
        (bomb(), PNG, "too_many_pixels"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
async def test_rule_26_what_is_no_whole_and_still_picture_is_refused(content: bytes, media: str, because: str) -> None:
    assert await why(content, media) == because


async def test_a_picture_that_takes_more_memory_than_there_is_ends_its_process_and_nothing_else() -> None:
    large = png(7_000, 7_000, colour=6)
    assert len(large) < 300_000
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    assert await why(large, PNG, memory_bytes=200 * 2**20) == "too_many_pixels"
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss <= max(before, 200 * 2**10)


async def test_a_picture_that_takes_more_time_than_there_is_is_given_up() -> None:
    assert await why(png(6_000, 6_000), PNG, cpu_seconds=0) == "too_costly"


async def test_others_are_answered_while_a_picture_is_re_encoded() -> None:
    slow = asyncio.ensure_future(Encoder().encoded(png(4_000, 4_000), PNG))
    longest, last = 0.0, time.perf_counter()
    while not slow.done():
        await asyncio.sleep(0)
        longest, last = max(longest, time.perf_counter() - last), time.perf_counter()
    assert (await slow).width == 1600
    assert longest < 1.0


async def test_as_many_pictures_wait_as_there_is_memory_for_and_one_is_read_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(encoder, "MOST_WAITING", 2)
    once = Encoder()
    outcomes = await asyncio.gather(*(once.encoded(png(), PNG) for _ in range(4)), return_exceptions=True)
    assert [type(each).__name__ for each in outcomes] == ["Encoded", "Encoded", "EncoderIsBusy", "EncoderIsBusy"]
