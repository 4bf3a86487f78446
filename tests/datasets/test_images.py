"""Pictures of every size and kind come to one form; strips are cut where they should be, or it is said why not."""

from __future__ import annotations

import numpy as np
import pytest
import strips
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from abduce.datasets.images import SIDE, Unusable, candidate, cut, framed, ground_of, settled
from abduce.datasets.pen_strokes import DRAWN, written

Picture = NDArray[np.uint8]


@pytest.fixture(scope="module")
def pens() -> dict[str, list[Picture]]:
    return {symbol: written(symbol, 6, 3) for symbol in DRAWN}


def alike(left: Picture, right: Picture) -> bool:
    """Whether two images hold the same drawing, give or take a pixel's shift and the edges."""
    best = min(
        float(np.abs(np.roll(left, (down, across), (0, 1)).astype(int) - right).mean())
        for down in (-1, 0, 1)
        for across in (-1, 0, 1)
    )
    return best < 16.0


def in_form(picture: Picture) -> Picture:
    return settled([candidate(picture)])[0]


def test_an_image_in_the_form_stays_as_it_is(pens: dict[str, list[Picture]]) -> None:
    for found in pens.values():
        for image in map(in_form, found):
            assert np.array_equal(in_form(image), image)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(sorted(DRAWN)), st.integers(1, 5), st.integers(0, 30), st.booleans(), st.integers(40, 255))
def test_size_margin_ground_and_contrast_do_not_matter(
    symbol: str, scale: int, margin: int, light: bool, contrast: int
) -> None:
    image = written(symbol, 1, 0)[0]
    large = np.pad(np.kron(image, np.ones((scale, scale))), margin) * (contrast / 255.0)
    picture = (255 - large if light else large).astype(np.uint8)
    assert ground_of(picture).light == light
    assert alike(in_form(picture), in_form(image))


def test_colour_is_read_where_it_differs_most() -> None:
    ink = written("5", 1, 1)[0]
    yellow_on_white = np.stack([np.full_like(ink, 255), np.full_like(ink, 255), 255 - ink], axis=2)
    green_on_red = np.stack([255 - ink, (ink * 0.7).astype(np.uint8), np.zeros_like(ink)], axis=2)
    assert alike(in_form(yellow_on_white), in_form(ink)) and alike(in_form(green_on_red), in_form(ink))


def test_noise_on_the_ground_is_taken_away() -> None:
    ink = written("8", 1, 1)[0].astype(int)
    noise = np.random.default_rng(0).integers(0, 20, size=(60, 60))
    noise[16:44, 16:44] += ink * 200 // 255
    assert alike(in_form((240 - noise).astype(np.uint8)), in_form(ink.astype(np.uint8)))


def test_a_small_mark_stays_small() -> None:
    dot = np.zeros((100, 100), dtype=np.uint8)
    dot[60:64, 50:54] = 255
    share = (in_form(dot) > 127).mean()
    assert 0.005 < share < 0.1


def test_tight_crops_go_by_the_majority() -> None:
    """A bar that fills its picture looks like ground; the other pictures of the set know better."""
    bar = np.full((6, 30), 10, dtype=np.uint8)
    bar[0, :4] = bar[-1, 20:] = 245
    others = [255 - image for image in written("8", 5, 0)]
    assert in_form(bar).mean() < 127
    together = settled([candidate(picture) for picture in [*others, bar]])
    assert together[-1].max() == 255 and (together[-1] > 0).any(axis=0).all() and together[-1][0].max() == 0


def test_a_blank_picture_is_said_to_be_blank() -> None:
    with pytest.raises(Unusable, match="blank"):
        candidate(np.full((20, 20), 77, dtype=np.uint8))


@pytest.mark.parametrize("light", [True, False])
@pytest.mark.parametrize("gap", [1, 3, 9])
def test_a_strip_is_cut_at_its_empty_columns(pens: dict[str, list[Picture]], gap: int, light: bool) -> None:
    images = [pens[symbol][place] for place, symbol in enumerate(("3", "+", "(", "-", "7", "harmonic"))]
    images = [image[:, image.any(axis=0)] for image in images]
    parts = cut(strips.strip(images, gap, light=light))
    assert len(parts) == len(images)
    for part, image in zip(parts, images, strict=True):
        assert part.shape == (SIDE, SIDE) and alike(part, framed(image, SIDE))


@pytest.mark.parametrize("symbol", ["mean", "%", "?"])
def test_parts_above_each_other_are_one_symbol(symbol: str) -> None:
    image = written(symbol, 1, 2)[0]
    if symbol == "%":  # its two circles and the line stand side by side only where the hand slants far
        image = np.maximum(image, np.eye(28, dtype=np.uint8)[::-1] * 255)
    assert len(cut(strips.strip([image, image], 5, light=True))) == 2


def test_cells_keep_together_what_gaps_would_part(pens: dict[str, list[Picture]]) -> None:
    broken = pens["0"][0].copy()
    broken[:, 13:15] = 0
    images = [pens["1"][0], broken, pens["2"][0]]
    picture = 255 - np.concatenate(images, axis=1)
    assert len(cut(picture, 28)) == 3
    assert len(cut(np.pad(picture, ((0, 0), (0, 10)), constant_values=255), 28)) == 3
    with pytest.raises(Unusable, match=r"84 pixels wide, which is no whole number of cells of 30 \(--cell\)"):
        cut(picture, 30)


@pytest.mark.parametrize("margin", [0, 30])
def test_a_strip_without_a_gap_says_so(pens: dict[str, list[Picture]], margin: int) -> None:
    picture = np.concatenate([pens["8"][0], pens["+"][0], pens["8"][1], pens["8"][2]], axis=1)
    picture[13:15] = 255
    with pytest.raises(Unusable, match=r"no gap: ink in each of 112 columns; .*--cell W"):
        cut(np.pad(picture, ((margin, margin), (9, 9))))


def test_a_strip_of_one_symbol_may_be_wide(pens: dict[str, list[Picture]]) -> None:
    assert len(cut(255 - pens["-"][0])) == 1


def test_a_speck_is_no_symbol(pens: dict[str, list[Picture]]) -> None:
    picture = strips.strip([pens["4"][0], pens["5"][0]], 6, light=False)
    picture[2, 1] = 200
    assert len(cut(picture)) == 2


def test_the_pen_writes_the_same_from_the_same_seed() -> None:
    again, other = written("6", 20, 5), written("6", 20, 6)
    assert all(np.array_equal(a, b) for a, b in zip(written("6", 20, 5), again, strict=True))
    assert len({image.tobytes() for image in (*again, *other)}) == 40


def test_writings_of_one_symbol_are_nearer_to_each_other_than_to_others() -> None:
    """Not all of them, but far more than by chance: a nearest neighbour is right on most."""
    known = {symbol: written(symbol, 30, 0) for symbol in "0123456789+-*/()"}
    names = [symbol for symbol, found in known.items() for _ in found]
    table = np.stack([image.ravel() for found in known.values() for image in found]).astype(np.float32) / 255
    right = 0
    for symbol in known:
        for image in written(symbol, 10, 1):
            right += names[int(((table - image.ravel() / 255.0) ** 2).sum(axis=1).argmin())] == symbol
    assert right >= 0.8 * 160
