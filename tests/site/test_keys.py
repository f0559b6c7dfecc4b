"""Keys are made once, all together, and never in the place of a lost one; the data folder is its owner's alone."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from turnpike.config import Config
from turnpike.data_folder import KEY_BYTES, KEY_NAMES, REPLACED_KEYS
from turnpike.errors import ConfigurationError


def test_a_fresh_folder_gets_all_keys_at_once(fresh):
    one = fresh.key("django")
    folder = fresh.data_dir / "keys"
    assert sorted(path.stem for path in folder.iterdir()) == sorted(KEY_NAMES)
    assert len({fresh.key(name) for name in KEY_NAMES}) == len(KEY_NAMES)
    assert fresh.key("django") == one
    assert len(one) == KEY_BYTES
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


@pytest.mark.parametrize("name", sorted(set(KEY_NAMES) - REPLACED_KEYS))
def test_a_lost_key_is_not_made_anew(fresh, name):
    fresh.check_keys()
    path = fresh.data_dir / "keys" / f"{name}.key"
    path.unlink()
    for ask in (lambda: fresh.key(name), fresh.check_keys):
        with pytest.raises(ConfigurationError, match=f"{name}.key is missing; restore it from your backup"):
            ask()
    assert not path.exists()


def test_a_key_of_what_lasts_a_day_is_made_where_an_older_centre_has_none(fresh, caplog):
    fresh.check_keys()
    others = {name: fresh.key(name) for name in KEY_NAMES if name != "spool"}
    (fresh.data_dir / "keys" / "spool.key").unlink()
    fresh.records_path.touch()
    with ThreadPoolExecutor(8) as pool:
        keys = {key.result() for key in [pool.submit(fresh.key, "spool") for _ in range(8)]}
    assert len(keys) == 1
    assert "spool.key was missing and is made anew" in caplog.text
    assert {name: fresh.key(name) for name in others} == others
    assert sorted(path.stem for path in (fresh.data_dir / "keys").iterdir()) == sorted(KEY_NAMES)


@pytest.mark.parametrize("kept", ["records.sqlite3", "reads"])
def test_where_there_is_data_no_keys_are_made(fresh, kept):
    (fresh.data_dir / kept).mkdir(parents=True)
    with pytest.raises(ConfigurationError, match="restore it from your backup"):
        fresh.key("ledger-signing")
    assert not (fresh.data_dir / "keys").exists()


def test_a_cut_key_is_refused(fresh):
    fresh.check_keys()
    (fresh.data_dir / "keys" / "django.key").write_bytes(b"short")
    with pytest.raises(ConfigurationError, match="is not a 32-byte key"):
        fresh.key("django")


def test_of_many_that_are_first_all_see_the_same_keys(fresh):
    with ThreadPoolExecutor(8) as pool:
        keys = {key.result() for key in [pool.submit(fresh.key, "django") for _ in range(8)]}
    assert len(keys) == 1
    assert [path.name for path in fresh.data_dir.iterdir()] == ["keys"]


def test_a_wide_data_folder_is_closed_to_others_with_a_note(fresh, caplog):
    fresh.data_dir.mkdir()
    fresh.data_dir.chmod(0o755)
    fresh.own_data_dir()
    assert stat.S_IMODE(fresh.data_dir.stat().st_mode) == 0o700
    assert "closed to them" in caplog.text


def test_a_folder_that_many_share_is_refused(tmp_path):
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    with pytest.raises(ConfigurationError, match="a folder of your own"):
        Config(data_dir=shared).own_data_dir()
