"""The memory planner: what goes where, and what to take away, as tables and as properties."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harmony_desktop.control.config_files import FieldKind, FieldRef
from harmony_desktop.control.memory_choice import (
    CardNow,
    Chosen,
    MemoryNow,
    ServiceShare,
    SpeechGroup,
    TextFlags,
    TextModel,
)
from harmony_desktop.control.memory_plan import (
    SYSTEM,
    MemoryPlan,
    PartKind,
    PoolKind,
    Verdict,
    plan,
    seen_cards,
    shared_out,
)
from harmony_desktop.control.memory_relief import ReliefKind, reliefs
from harmony_desktop.control.model_memory import OVERHEAD, need
from harmony_desktop.control.models import Facts, LocalModel
from harmony_desktop.stack.project import GpuRequest

GB, MB = 2**30, 2**20
ALL = (GpuRequest("nvidia", -1, (), ("gpu",)),)
FLAGS = Path("/stack/CMD_FLAGS.txt")
SPEECH_FILE = Path("/stack/config.yml")
FACTS = Facts("llama", "Kaji", "Q4_K_M", 131072, layers=32, cache_per_token=128 * 1024)
REFS = TextFlags(*(FieldRef(FLAGS, FieldKind.FLAG, name) for name in ("--ctx-size", "--gpu-layers", "--cache-type")))
TEXT = TextModel("text", "kaji.gguf", 5 * GB, FACTS, context=8192, flags=REFS)
SPEECH = (
    SpeechGroup("hs", "Harmony Speech V1", GB, 0, ("hs1-encoder", "hs1-vocoder")),
    SpeechGroup("w:large", "Faster Whisper large", 6 * GB, 0, ("whisper-large",), asked=True),
    SpeechGroup("w:medium", "Faster Whisper medium", 5 * GB, 0, ("whisper-medium",)),
)


def stack(*, cards: tuple[GpuRequest, ...] = ALL, text: TextModel | None = TEXT, **fields: object) -> Chosen:
    services = (
        ServiceShare("link", "Harmony Link", 200 * MB),
        ServiceShare("speech", "Speech Engine", 500 * MB, 0, cards),
        ServiceShare("text", "Text Generation", 500 * MB, 0, cards),
    )
    plain = Chosen(services, text, "speech", SPEECH, SPEECH_FILE, link_known=True)
    return replace(plain, **fields)  # type: ignore[arg-type]  # the fields of Chosen


def machine(*cards: int, memory: int = 32 * GB, others: int | None = 4 * GB, used: int | None = 0) -> MemoryNow:
    found = tuple(CardNow(index, f"RTX {index}", f"GPU-{index}", size, used) for index, size in enumerate(cards))
    return MemoryNow(known=True, memory=memory, machine=memory, others=others, cards=found)


def sizes(found: MemoryPlan) -> dict[str, int]:
    return {pool.key: pool.need for pool in found.pools}


def test_everything_on_one_card() -> None:
    found = plan(stack(), machine(24 * GB))
    card, system = found.pool("gpu0"), found.pool(SYSTEM)
    assert card is not None
    assert system is not None
    assert card.title == "GPU 0, RTX 0"
    assert (card.of(PartKind.SPEECH), card.of(PartKind.WEIGHTS)) == (12 * GB, 5 * GB)
    assert (card.of(PartKind.CONTEXT), card.of(PartKind.COMPUTING)) == (GB, OVERHEAD)
    assert system.need == 1200 * MB
    assert found.verdict is Verdict.FITS
    assert found.complete


def test_the_processor_takes_all_where_no_service_asks_for_a_card() -> None:
    found = plan(stack(cards=()), machine(24 * GB))
    assert sizes(found) == {SYSTEM: 1200 * MB + 12 * GB + need(5 * GB, FACTS.cache_per_token, 8192)}


@pytest.mark.parametrize(
    ("text", "on_card", "in_memory"),
    [
        ({}, 5 * GB + GB + OVERHEAD, 0),
        ({"layers": 99}, 5 * GB + GB + OVERHEAD, 0),
        ({"layers": 0}, 0, 5 * GB + GB + OVERHEAD),
        ({"on_processor": True}, 0, 5 * GB + GB + OVERHEAD),
        ({"cache_in_memory": True}, 5 * GB + OVERHEAD, GB),
        ({"cache": "q8_0"}, 5 * GB + GB * 17 // 32 + OVERHEAD, 0),
        ({"layers": 16}, 5 * GB * 16 // 33 + GB // 2 + OVERHEAD, 5 * GB - 5 * GB * 16 // 33 + GB // 2),
        ({"context": 16384}, 5 * GB + 2 * GB + OVERHEAD, 0),
        ({"beside": GB}, 6 * GB + GB + OVERHEAD, 0),
    ],
)
def test_flags_of_the_language_model(text: dict[str, object], on_card: int, in_memory: int) -> None:
    chosen = stack(speech=(), services=(ServiceShare("text", "Text", 0, 0, ALL),))
    found = sizes(plan(replace(chosen, text=replace(TEXT, **text)), machine(24 * GB)))  # type: ignore[arg-type]
    assert (found.get("gpu0", 0), found[SYSTEM]) == (on_card, in_memory)


def test_as_many_layers_as_fit() -> None:
    chosen = stack(text=replace(TEXT, layers=-1), speech=())
    found = plan(chosen, machine(4 * GB))
    card = found.pool("gpu0")
    assert card is not None
    assert 3 * GB < card.need <= 4 * GB
    assert any("of 33 layers are on the graphics card" in note for note in found.notes)


def test_two_cards_share_the_language_model_and_speech_has_its_own() -> None:
    chosen = stack(speech=(replace(SPEECH[0], card=1),), text=replace(TEXT, split=(3, 1)))
    found = plan(chosen, machine(12 * GB, 8 * GB))
    first, second = found.pool("gpu0"), found.pool("gpu1")
    assert first is not None
    assert second is not None
    assert first.of(PartKind.WEIGHTS) == 3 * second.of(PartKind.WEIGHTS) == 15 * GB // 4
    assert (first.of(PartKind.SPEECH), second.of(PartKind.SPEECH)) == (0, GB)


def test_a_service_sees_the_cards_that_it_asks_for() -> None:
    cards = machine(GB, 2 * GB, 3 * GB).cards
    assert seen_cards((), cards) == ()
    assert seen_cards(ALL, cards) == cards
    assert seen_cards((GpuRequest("nvidia", 1, (), ("gpu",)),), cards) == cards[:1]
    assert seen_cards((GpuRequest("nvidia", 0, ("GPU-2", "0"), ("gpu",)),), cards) == (cards[2], cards[0])


def test_what_cannot_be_known_is_said() -> None:
    cases = {
        "No graphics card can be read": plan(stack(), machine()),
        "no GGUF file": plan(stack(text=replace(TEXT, facts=None, name="kaji-exl2")), machine(24 * GB)),
        "No language model is chosen": plan(stack(text=TextModel("text")), machine(24 * GB)),
        "say no context size": plan(stack(text=replace(TEXT, context=0)), machine(24 * GB)),
        "how many layers": plan(stack(), machine(24 * GB)),
        "shares the computer’s memory": plan(stack(), machine(0)),
        "speech model kitten": plan(stack(unknown=("kitten",)), machine(24 * GB)),
        "is not in the models folder": plan(
            stack(text=TextModel("text", "gone", fault="gone is not in the models folder.")), machine(24 * GB)
        ),
    }
    for words, found in cases.items():
        assert any(words in note for note in found.notes), words
    assert cases["No graphics card can be read"].verdict is Verdict.UNKNOWN
    assert cases["no GGUF file"].verdict is Verdict.UNKNOWN
    assert not cases["No language model is chosen"].complete
    assert sizes(cases["shares the computer’s memory"]).keys() == {SYSTEM}


@pytest.mark.parametrize(
    ("memory", "used", "verdict"),
    [
        (24 * GB, 0, Verdict.FITS),
        (24 * GB, 4 * GB, Verdict.TIGHT),
        (24 * GB, 10 * GB, Verdict.CROWDED),
        (12 * GB, 0, Verdict.NOT),
        (24 * GB, None, Verdict.FITS),
    ],
)
def test_verdicts(memory: int, used: int | None, verdict: Verdict) -> None:
    assert plan(stack(), machine(memory, used=used)).verdict is verdict


def test_a_service_with_a_limit_has_a_memory_of_its_own() -> None:
    chosen = stack(cards=())
    limited = tuple(replace(each, limit=4 * GB) if each.name == "text" else each for each in chosen.services)
    found = plan(replace(chosen, services=limited), machine())
    pool = found.pool("limit:text")
    assert pool is not None
    assert pool.kind is PoolKind.LIMIT
    assert pool.verdict is Verdict.NOT
    assert plan(replace(chosen, services=limited), machine(memory=3 * GB)).pool("limit:text") is None


def test_what_to_take_away_is_ordered_by_what_it_frees() -> None:
    text = replace(TEXT, context=32768, smaller=(LocalModel("kaji.Q2_K.gguf", 3 * GB),))
    found = reliefs(stack(text=text), machine(12 * GB))
    assert [relief.frees for relief in found] == sorted((relief.frees for relief in found), reverse=True)
    by_kind = {relief.kind: relief for relief in found}
    assert by_kind[ReliefKind.SPEECH_TO_PROCESSOR].frees == 12 * GB
    assert by_kind[ReliefKind.SPEECH_TO_PROCESSOR].edits[0].ref == FieldRef(SPEECH_FILE, FieldKind.SPEECH_DEVICE, "")
    speech = [relief.words for relief in found if relief.kind is ReliefKind.SPEECH]
    assert len(speech) == 2  # the one that Harmony Link's settings name is not offered
    assert all("large" not in words for words in speech)
    assert by_kind[ReliefKind.MODEL].models
    assert "kaji.Q2_K.gguf" in by_kind[ReliefKind.MODEL].words


def test_a_smaller_context_is_the_largest_that_fits() -> None:
    chosen = stack(text=replace(TEXT, context=65536), speech=())
    [context] = [each for each in reliefs(chosen, machine(10 * GB)) if each.kind is ReliefKind.CONTEXT]
    assert context.enough
    assert context.edits[0].value == "32768"
    assert context.frees == 4 * GB


def test_fewer_layers_only_where_the_memory_takes_them() -> None:
    chosen = stack(speech=())
    [layers] = [each for each in reliefs(chosen, machine(5 * GB)) if each.kind is ReliefKind.LAYERS]
    assert 20 < int(layers.edits[0].value) < 33
    tight = [each for each in reliefs(chosen, machine(5 * GB, memory=2 * GB, others=GB)) if each.edits]
    assert ReliefKind.LAYERS not in {each.kind for each in tight}


def test_other_programs_are_named_where_they_are_what_is_in_the_way() -> None:
    found = reliefs(stack(speech=()), machine(8 * GB, used=4 * GB))
    [others] = [each for each in found if each.kind is ReliefKind.OTHERS]
    assert others.frees == 4 * GB
    assert not [each for each in reliefs(stack(speech=()), machine(6 * GB)) if each.kind is ReliefKind.OTHERS]


def test_nothing_is_suggested_where_all_fits_or_nothing_is_known() -> None:
    assert reliefs(stack(), machine(48 * GB)) == ()
    assert reliefs(stack(), MemoryNow()) == ()
    assert plan(Chosen(), MemoryNow()).verdict is Verdict.FITS


_groups = st.lists(
    st.builds(
        lambda n, size, card: SpeechGroup(f"g{n}", f"G{n}", size, card, (f"m{n}",)),
        st.integers(0, 10**6),
        st.integers(0, 8 * GB),
        st.none() | st.integers(0, 3),
    ),
    max_size=5,
    unique_by=lambda group: group.id,
).map(tuple)
_texts = st.builds(
    lambda size, blocks, per_token, **flags: replace(
        TEXT, size=size, facts=replace(FACTS, layers=blocks, cache_per_token=per_token), **flags
    ),
    st.integers(0, 64 * GB),
    st.integers(0, 100),
    st.integers(0, MB),
    context=st.integers(1, 200_000),
    layers=st.none() | st.integers(-1, 120),
    cache=st.sampled_from(["", "q8_0", "q4_0", "nonsense"]),
    split=st.lists(st.floats(0, 100), max_size=3).map(tuple),
    on_processor=st.booleans(),
    cache_in_memory=st.booleans(),
)
_machines = st.builds(
    lambda cards, memory, others, used: machine(*cards, memory=memory, others=others, used=used),
    st.lists(st.integers(0, 48 * GB), max_size=3),
    st.integers(0, 128 * GB),
    st.none() | st.integers(0, 64 * GB),
    st.none() | st.integers(0, 24 * GB),
)


@given(_groups, _texts, _machines)
def test_nothing_is_lost_and_nothing_counted_twice(
    speech: tuple[SpeechGroup, ...], text: TextModel, now: MemoryNow
) -> None:
    chosen = stack(speech=speech, text=text)
    found = plan(chosen, now)
    memories = [pool for pool in found.pools if pool.kind is not PoolKind.LIMIT]
    assert all(part.size > 0 for pool in memories for part in pool.parts)
    by_kind = {kind: sum(pool.of(kind) for pool in memories) for kind in PartKind}
    assert by_kind[PartKind.WEIGHTS] == text.size
    assert by_kind[PartKind.COMPUTING] == OVERHEAD
    assert by_kind[PartKind.SPEECH] == sum(group.size for group in speech)
    assert by_kind[PartKind.SERVICES] == 1200 * MB


@given(_groups, _texts, _machines)
def test_each_suggestion_frees_what_it_says(speech: tuple[SpeechGroup, ...], text: TextModel, now: MemoryNow) -> None:
    chosen = stack(speech=speech, text=text)
    before = plan(chosen, now)
    found = reliefs(chosen, now)
    if before.verdict <= Verdict.UNKNOWN and all(pool.verdict <= Verdict.UNKNOWN for pool in before.pools):
        assert found == ()
    for relief in found:
        pool = before.pool(relief.pool)
        assert pool is not None
        assert pool is before.worst
        most = (pool.others or 0) if relief.kind is ReliefKind.OTHERS else pool.need
        assert 0 < relief.frees <= most


@given(st.integers(0, 2**40), st.lists(st.floats(0, 1e6), min_size=1, max_size=8))
def test_shares_come_to_the_whole(size: int, weights: list[float]) -> None:
    shares = shared_out(size, weights)
    assert sum(shares) == size
    assert min(shares) >= 0
