import pytest

from worker.errors import BadSettingError
from worker.settings import Settings


def test_an_empty_environment_gives_the_defaults() -> None:
    assert Settings.from_env({}) == Settings()


def test_a_variable_that_is_set_to_nothing_counts_as_unset() -> None:
    assert Settings.from_env({"RESPELL_MAX_QUEUED": "", "RESPELL_MODEL": " "}) == Settings()


def test_every_variable_is_read() -> None:
    settings = Settings.from_env(
        {
            "REDIS_URL": "unix:///run/redis.sock",
            "RESPELL_STORAGE": "s3://photos/respell",
            "RESPELL_MODEL": "respell-base",
            "RESPELL_IMAGE_MODEL": "/models/sd",
            "RESPELL_DEVICE": "cuda:1",
            "RESPELL_MAX_QUEUED": "7",
            "RESPELL_RETENTION_HOURS": "0.5",
            "RESPELL_ALLOWED_ORIGINS": "https://Example.org, http://127.0.0.1:5173/",
            "RESPELL_FAKE_MODEL_STEPS": "50",
            "RESPELL_FAKE_STEP_MS": "2.5",
        }
    )
    assert settings == Settings(
        redis_url="unix:///run/redis.sock",
        storage="s3://photos/respell",
        model="respell-base",
        image_model="/models/sd",
        device="cuda:1",
        max_queued=7,
        retention_s=1800,
        allowed_origins=("https://example.org", "http://127.0.0.1:5173"),
        fake_model_steps=50,
        fake_step_ms=2.5,
    )


@pytest.mark.parametrize("settings", [Settings(), Settings(model="x", max_queued=3, allowed_origins=("http://a",))])
def test_a_child_that_gets_the_variables_has_the_same_settings(settings: Settings) -> None:
    assert Settings.from_env(settings.to_env()) == settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RESPELL_MAX_QUEUED", "0"),
        ("RESPELL_MAX_QUEUED", "-1"),
        ("RESPELL_MAX_QUEUED", "1e3"),
        ("RESPELL_MAX_QUEUED", "٣"),
        ("RESPELL_RETENTION_HOURS", "0"),
        ("RESPELL_RETENTION_HOURS", "nan"),
        ("RESPELL_RETENTION_HOURS", "inf"),
        ("RESPELL_FAKE_STEP_MS", "fast"),
        ("RESPELL_ALLOWED_ORIGINS", "*"),
        ("RESPELL_ALLOWED_ORIGINS", "https://example.org/page"),
        ("RESPELL_ALLOWED_ORIGINS", "example.org"),
    ],
)
def test_a_value_that_cant_be_used_is_refused_with_its_name(name: str, value: str) -> None:
    with pytest.raises(BadSettingError, match=rf"^{name}: wanted .*, got"):
        Settings.from_env({name: value})


def test_the_password_of_redis_is_neither_in_a_refusal_nor_in_the_repr() -> None:
    with pytest.raises(BadSettingError) as refusal:
        Settings.from_env({"REDIS_URL": "http://:hunter2@host/0"})
    assert "hunter2" not in str(refusal.value)
    assert "hunter2" not in repr(Settings.from_env({"REDIS_URL": "redis://:hunter2@host/0"}))


def test_a_third_of_an_hour_survives_the_way_to_a_child() -> None:
    settings = Settings.from_env({"RESPELL_RETENTION_HOURS": "0.3333"})
    assert Settings.from_env(settings.to_env()) == settings
