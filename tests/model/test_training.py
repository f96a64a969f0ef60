"""What a model's file says of the recordings on which it was fit."""

import hashlib

import pytest

from realtime.model import built_in
from realtime.model.file import read_model, write_model
from realtime.model.training import TRAINED_ON, trained_on, training_contents, was_trained_on


def hashes(count):
    return [hashlib.sha256(str(at).encode()).hexdigest() for at in range(count)]


def test_a_file_of_as_many_recordings_as_are_kept_can_be_read_and_knows_them(tmp_path):
    some = hashes(20_000)
    write_model(built_in().replaced(metadata={TRAINED_ON: training_contents(some)}), tmp_path / "many.npz")
    found = read_model(tmp_path / "many.npz")
    assert all(was_trained_on(found, one) for one in some[::999])
    assert was_trained_on(found, hashes(20_001)[-1]) is False


def test_of_too_many_and_of_none_nothing_is_kept():
    assert training_contents(hashes(20_001)) is None and training_contents([]) is None
    assert was_trained_on(built_in(), hashes(1)[0]) is None


@pytest.mark.parametrize("value", ["abc", {}, [1], ["../../etc"], ["A" * 16], [None], None])
def test_what_others_have_written_there_says_nothing(value):
    assert trained_on(built_in().replaced(metadata={TRAINED_ON: value})) is None
