from __future__ import annotations

import pytest

from harmony_desktop.control.ports import Gpu
from harmony_desktop.setup.cuda import arch_list


@pytest.mark.parametrize(
    ("capabilities", "expected"),
    [([], ""), (["8.9"], "8.9"), (["8.6", "7.5", "8.6"], "7.5;8.6"), (["12.0", "8.9", ""], "8.9;12.0")],
)
def test_architectures_are_sorted_and_unique(capabilities: list[str], expected: str) -> None:
    gpus = [Gpu(index, "card", "", 0, capability) for index, capability in enumerate(capabilities)]
    assert arch_list(gpus) == expected
