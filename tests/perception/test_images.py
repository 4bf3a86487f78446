"""Normalised images: whatever the size, the colours and the place of the ink, the same symbol looks the same."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_signs import SIGNS, drawn
from hypothesis import given
from hypothesis import strategies as st

from abduce.errors import DataError
from abduce.perception.images import INK, SIDE, common_ground, normalised


def sign(number: int, side: int = 40) -> np.ndarray:
    return drawn(number, np.random.default_rng(number), side=side, thickness=side / 16)


@pytest.mark.parametrize("number", range(len(SIGNS)))
def test_dark_on_light_is_read_as_light_on_dark(number: int) -> None:
    light = sign(number)
    assert np.allclose(normalised([255 - light]), normalised([light]), atol=1e-5)


def test_colour_and_opacity_are_read_as_grey() -> None:
    light = sign(3)
    dark = 255 - light
    colour = np.stack([dark] * 3, axis=2)
    on_glass = np.concatenate([np.zeros_like(colour), light[:, :, None]], axis=2)
    assert np.allclose(normalised([colour]), normalised([dark]), atol=1e-2)
    assert np.allclose(normalised([on_glass]), normalised([dark]), atol=1e-2)


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, len(SIGNS) - 1))
def test_the_place_of_the_ink_does_not_matter(left: int, top: int, number: int) -> None:
    light = sign(number)
    wide = np.zeros((80, 80), dtype=np.uint8)
    wide[top : top + 40, left : left + 40] = light
    assert np.allclose(normalised([wide]), normalised([np.pad(light, 10)]), atol=1e-5)


@pytest.mark.parametrize("number", range(len(SIGNS)))
def test_the_size_hardly_matters(number: int) -> None:
    small, large = normalised([sign(number, 30), sign(number, 300)])
    assert np.abs(small - large).mean() < 0.05


@given(st.integers(2, 60), st.integers(2, 60))
def test_ink_fills_the_box_in_its_proportions(height: int, width: int) -> None:
    block = np.zeros((100, 100), dtype=np.uint8)
    block[20 : 20 + height, 20 : 20 + width] = 255
    (found,) = normalised([block])
    present = found > found.max() / 2
    sides = present.any(axis=1).sum(), present.any(axis=0).sum()
    assert abs(max(sides) - INK) <= 2
    assert abs(min(sides) - INK * min(height, width) / max(height, width)) <= 2


def test_fine_strokes_survive_a_large_reduction() -> None:
    line = np.zeros((1000, 1000), dtype=np.uint8)
    line[100:900, 498:502] = 255
    assert normalised([line]).sum() > 0.05 * INK


def test_images_of_one_array_and_of_many_shapes_come_in_their_order() -> None:
    pictures = [sign(0, 30), sign(1, 50), sign(2, 30)]
    together = normalised(pictures)
    assert together.shape == (3, SIDE, SIDE) and together.dtype == np.float32
    assert all(np.array_equal(one, normalised([picture])[0]) for one, picture in zip(together, pictures, strict=True))
    assert np.array_equal(normalised(np.stack([pictures[0], pictures[2]])), together[[0, 2]])


def test_an_empty_image_is_empty_and_no_image_is_none() -> None:
    assert not normalised([np.full((9, 9), 200, dtype=np.uint8)]).any()
    assert normalised([]).shape == (0, SIDE, SIDE)


# images cut close to the ink ---------------------------------------------------------------------------------


def cut_close(picture: np.ndarray) -> np.ndarray:
    rows, columns = np.flatnonzero(picture.max(axis=1) > 60), np.flatnonzero(picture.max(axis=0) > 60)
    return picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


@pytest.mark.parametrize("number", range(len(SIGNS)))
@pytest.mark.parametrize("dark", [False, True])
def test_a_stroke_that_fills_the_border_is_no_ground(number: int, dark: bool) -> None:
    """A bar cut close has ink all around; the ground of the others tells what is ink."""
    loose = [sign(n) for n in range(len(SIGNS))]
    close = [cut_close(picture) for picture in loose]
    if dark:
        close = [255 - picture for picture in close]
    ground = common_ground(close)
    assert ground is not None and (ground > 128) == dark
    found = normalised([close[number]], ground=ground)
    assert np.abs(found - normalised([loose[number]])).mean() < 0.03


def test_a_solid_block_is_ink_where_the_ground_is_known() -> None:
    solid = np.zeros((1, 20), dtype=np.uint8)
    assert normalised([solid], ground=250.0).sum() > 10 and not normalised([solid], ground=0.0).any()


def test_dark_and_light_grounds_that_are_mixed_are_taken_one_by_one() -> None:
    light = [sign(n) for n in range(len(SIGNS))]
    assert common_ground([*light, *(255 - picture for picture in light)]) is None
    assert common_ground(light) == 0.0 and common_ground([]) is None


def test_paper_in_shadow_is_ground_still() -> None:
    shadow = (150 - 0.5 * sign(0)).astype(np.uint8)
    assert np.allclose(normalised([shadow], ground=250.0), normalised([shadow]), atol=1e-5)


@pytest.mark.parametrize(
    ("picture", "said"),
    [
        (np.zeros((5, 5)), "image 1: .*uint8.*float64"),
        (np.zeros((5, 5, 2), dtype=np.uint8), r"image 1: .*got \(5, 5, 2\)"),
        (np.zeros((0, 5), dtype=np.uint8), "image 1: 0 x 5 pixels"),
        (np.zeros((5, 5000), dtype=np.uint8), "image 1: 5 x 5000 pixels.*cut or scale"),
        ("a.png", "image 1: .*uint8.*None"),
    ],
)
def test_what_is_no_image_is_refused_with_its_place(picture: object, said: str) -> None:
    with pytest.raises(DataError, match=said):
        normalised([np.zeros((5, 5), dtype=np.uint8), picture])  # type: ignore[list-item]
