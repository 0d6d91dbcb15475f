"""What operators deploy is right by its own tools, and speaks of metrics that exist."""

import re
import subprocess
from pathlib import Path

from shared.runtime import metrics
from tests.conftest import need

DEPLOY = Path(__file__).parents[2] / "deploy/prometheus"


def test_prometheus_takes_its_configuration_and_rules() -> None:
    need("promtool", "apt-get install prometheus")
    for words in (("check", "config", "prometheus.yml"), ("check", "rules", "alerts.yml")):
        done = subprocess.run(["promtool", *words], cwd=DEPLOY, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_alerts_speak_of_metrics_that_exist() -> None:
    known = {value._name for value in vars(metrics).values() if hasattr(value, "_name")}
    spoken = set(re.findall(r"fengqiao_[a-z_]+", (DEPLOY / "alerts.yml").read_text()))
    assert {re.sub(r"_(total|bucket)$", "", name) for name in spoken} <= known
