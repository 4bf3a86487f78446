"""Encoders: learn symbols from how likely each image is to be which, deterministically, and go on from there."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from drawn_signs import SIGNS, many

from abduce.errors import UsageError
from abduce.perception.encoders import ImageEncoder, Schedule
from abduce.perception.images import normalised
from abduce.perception.lattice import Lattice
from abduce.perception.reading import ImagePerception

SHORT = Schedule(epochs=6, batch=32)
PICTURES, LABELS = many(400, seed=0)
IMAGES = normalised(PICTURES)
UNSEEN, UNSEEN_LABELS = many(200, seed=1)
POSTERIORS = 0.8 * np.eye(len(SIGNS))[LABELS] + 0.2 / len(SIGNS)


@pytest.fixture(scope="module")
def encoder() -> ImageEncoder:
    made = ImageEncoder(len(SIGNS), seed=3)
    made.fit_to_posteriors(IMAGES, POSTERIORS, schedule=SHORT)
    return made


def test_unseen_images_are_read_after_training_on_soft_targets(encoder: ImageEncoder) -> None:
    log_probs = encoder.log_probs(normalised(UNSEEN))
    assert log_probs.dtype == np.float32 and np.allclose(np.exp(log_probs).sum(axis=1), 1, atol=1e-5)
    assert (log_probs.argmax(axis=1) == UNSEEN_LABELS).mean() > 0.95


def test_one_seed_is_one_result(encoder: ImageEncoder) -> None:
    torch.manual_seed(99)
    again = ImageEncoder(len(SIGNS), seed=3)
    again.fit_to_posteriors(IMAGES, POSTERIORS, schedule=SHORT)
    assert np.array_equal(again.log_probs(IMAGES), encoder.log_probs(IMAGES))
    other = ImageEncoder(len(SIGNS), seed=4)
    assert not np.array_equal(other.log_probs(IMAGES), again.log_probs(IMAGES))


def test_training_goes_on_from_where_it_ended_and_a_state_keeps_that_place(encoder: ImageEncoder) -> None:
    buffer = io.BytesIO()
    torch.save(encoder.state(), buffer)
    buffer.seek(0)
    states = torch.load(buffer, weights_only=True)
    first, second = ImageEncoder.from_state(states), ImageEncoder.from_state(states)
    assert np.array_equal(first.log_probs(IMAGES), encoder.log_probs(IMAGES))
    one = Schedule(epochs=1, batch=32, rate=1e-3)
    losses = [made.fit_to_posteriors(IMAGES, POSTERIORS, schedule=one) for made in (first, second)]
    assert losses[0] == losses[1]
    assert losses[0] < ImageEncoder(len(SIGNS)).fit_to_posteriors(IMAGES, POSTERIORS, schedule=one)


def test_images_that_count_for_nothing_do_not_matter() -> None:
    counted = POSTERIORS * np.r_[np.ones(200), np.zeros(200)][:, None]
    left_out, never_there = ImageEncoder(len(SIGNS)), ImageEncoder(len(SIGNS))
    one = Schedule(epochs=1, batch=32)
    left_out.fit_to_posteriors(IMAGES, counted, schedule=one)
    never_there.fit_to_posteriors(IMAGES[:200], POSTERIORS[:200], schedule=one)
    assert np.array_equal(left_out.logits(IMAGES), never_there.logits(IMAGES))


def test_networks_are_averaged(encoder: ImageEncoder) -> None:
    several = ImageEncoder(len(SIGNS), members=3)
    passes: list[tuple[int, int]] = []
    several.fit_to_posteriors(
        IMAGES, POSTERIORS, schedule=Schedule(epochs=2), after_epoch=lambda done, of: passes.append((done, of))
    )
    assert passes == [(n, 6) for n in range(1, 7)] and several.parameters == 3 * encoder.parameters
    alone = [np.exp(_with_network(several, member).log_probs(IMAGES)) for member in range(3)]
    assert np.allclose(np.exp(several.log_probs(IMAGES)), np.mean(alone, axis=0), atol=1e-5)
    assert np.array_equal(ImageEncoder.from_state(several.state()).logits(IMAGES), several.logits(IMAGES))


def _with_network(several: ImageEncoder, member: int) -> ImageEncoder:
    return ImageEncoder.from_state({**several.state(), "networks": several.state()["networks"][member : member + 1]})


def test_a_single_image_is_enough_to_train_on() -> None:
    """A learning rate that rises and falls once divided by zero where there was one step."""
    made = ImageEncoder(len(SIGNS))
    assert np.isfinite(made.fit_to_posteriors(IMAGES[:1], POSTERIORS[:1], schedule=Schedule(epochs=1)))
    assert np.isfinite(made.log_probs(IMAGES)).all()


@pytest.mark.parametrize("epochs", [1, 2, 3, 4, 5])
def test_so_few_images_that_an_epoch_is_one_step(epochs: int) -> None:
    """The pace divided by zero after four steps."""
    images, labels = many(10, 0)
    encoder = ImageEncoder(len(SIGNS))
    loss = encoder.fit_to_posteriors(normalised(images), np.eye(len(SIGNS))[labels], schedule=Schedule(epochs=epochs))
    assert np.isfinite(loss)


def test_calibration_mends_the_confidence_without_changing_the_reading(encoder: ImageEncoder) -> None:
    images, truth = normalised(UNSEEN), np.eye(len(SIGNS))[UNSEEN_LABELS]
    made = ImageEncoder.from_state(encoder.state())
    before = made.log_probs(images)
    temperature = made.calibrate(images, truth)
    after = made.log_probs(images)
    assert temperature == made.temperature and np.array_equal(before.argmax(axis=1), after.argmax(axis=1))
    assert (truth * after).sum() >= (truth * before).sum()


def test_no_images_have_no_log_probs(encoder: ImageEncoder) -> None:
    assert encoder.log_probs(IMAGES[:0]).shape == (0, len(SIGNS))


@pytest.mark.parametrize(
    ("targets", "said"),
    [
        (POSTERIORS[:, :3], r"400 images and 5 symbols; got \(400, 3\)"),
        (-POSTERIORS, "not negative"),
        (np.nan * POSTERIORS, "finite"),
        (0 * POSTERIORS, "no image counts"),
    ],
)
def test_what_cannot_be_learned_from_is_refused(targets: np.ndarray, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        ImageEncoder(len(SIGNS)).fit_to_posteriors(IMAGES, targets)


# as a perception --------------------------------------------------------------------------------------------


def test_a_sequence_of_images_becomes_a_lattice(encoder: ImageEncoder) -> None:
    perception = ImagePerception(encoder, SIGNS)
    lattice = perception(list(PICTURES[:5]))
    assert isinstance(lattice, Lattice) and lattice.best() == SIGNS
    first, second, third = perception.lattices([PICTURES[:5], PICTURES[:0], [PICTURES[7], 255 - PICTURES[8]]])
    assert np.allclose(first.log_probs, lattice.log_probs, atol=1e-5)
    assert len(second) == 0 and third.best() == (SIGNS[2], SIGNS[3])
    assert perception.lattices([]) == []


def test_an_image_is_read_once_however_often_it_occurs(encoder: ImageEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    plain = ImageEncoder.log_probs

    def counted(self: ImageEncoder, images: np.ndarray) -> np.ndarray:
        read.append(len(images))
        return plain(self, images)

    monkeypatch.setattr(ImageEncoder, "log_probs", counted)
    lattices = ImagePerception(encoder, SIGNS).lattices([PICTURES[[0, 1, 0]], PICTURES[[1, 1]]])
    assert read == [2] and [len(lattice) for lattice in lattices] == [3, 2]
    assert np.array_equal(lattices[0].log_probs[1], lattices[1].log_probs[0])


def test_columns_of_one_name_are_one_symbol(encoder: ImageEncoder) -> None:
    apart = ImagePerception(encoder, SIGNS)
    names = ("ring", "line", "line", "cross", "corner")
    joined = ImagePerception(encoder, names)
    assert joined.vocabulary.symbols == ("ring", "line", "cross", "corner")
    columns = np.exp(apart.log_probs(IMAGES).astype(float))
    assert np.allclose(np.exp(joined.log_probs(IMAGES))[:, 1], columns[:, 1] + columns[:, 2], atol=1e-6)
    assert joined(PICTURES[:5]).best() == names


def test_a_perception_is_kept_as_tensors_and_plain_data(encoder: ImageEncoder) -> None:
    perception = ImagePerception(encoder, SIGNS)
    buffer = io.BytesIO()
    torch.save(perception.state(), buffer)
    buffer.seek(0)
    again = ImagePerception.from_state(torch.load(buffer, weights_only=True))
    assert again.vocabulary == perception.vocabulary
    assert np.array_equal(again(PICTURES[:5]).log_probs, perception(PICTURES[:5]).log_probs)


def test_another_number_of_names_is_refused(encoder: ImageEncoder) -> None:
    with pytest.raises(UsageError, match="5 symbols apart; 2 have a name"):
        ImagePerception(encoder, ("a", "b"))
