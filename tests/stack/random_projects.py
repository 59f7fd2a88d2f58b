"""Random compose files: mostly right, sometimes wrong, in all the forms that the attributes have."""

from __future__ import annotations

from typing import Any, TypeAlias

from hypothesis import strategies as st

Strategy: TypeAlias = st.SearchStrategy[Any]

SERVICES = ("web", "db", "llama.cpp", "w_1")
NETWORKS = ("front", "back", "default")
VOLUMES = ("data", "cache")
FILES = ("one", "two")

#: What the process has; some of the variables that files use are missing.
ENVIRON = {"TAG": "1.2", "EMPTY": "", "PORT": "8080", "DOLLAR": "a$b", "FLAG": "true", "SIZE": "64m"}

_NAMES = st.sampled_from(("TAG", "EMPTY", "PORT", "DOLLAR", "UNSET", "X_1"))
_WORDS = st.sampled_from(
    (
        "a",
        "x y",
        "",
        "é",
        "日本",
        "it's",
        '"',
        "#",
        "a: b",
        "- a",
        "yes",
        "no",
        "1.0",
        "0755",
        "null",
        "<b>&",
        "a\nb",
        "~",
        "%",
    )
)
_DEFAULTS = st.sampled_from(("", "d", "${TAG}", "${UNSET:-deep}", "a b", "$$", ":-", "{}"))
_SIGNS = st.sampled_from((":-", "-", ":+", "+"))


@st.composite
def _variable(draw: st.DrawFn) -> str:
    name = draw(_NAMES)
    form = draw(st.integers(0, 4))
    if form == 0:
        return f"${name}"
    if form == 1:
        return f"${{{name}}}"
    if form == 2:
        return "$$"
    return f"${{{name}{draw(_SIGNS)}{draw(_DEFAULTS)}}}"


_TEXT = st.lists(st.one_of(_WORDS, _variable()), min_size=1, max_size=3).map("".join)
_FLAGS: Strategy = st.one_of(st.booleans(), st.sampled_from(("true", "false", "yes", "off", "${FLAG}")))
_VALUES: Strategy = st.one_of(_TEXT, st.integers(-5, 10**6), st.booleans(), st.none(), st.sampled_from((0.5, 1.0, 1e6)))
_KEYS = st.sampled_from(("A", "B", "TAG", "UNSET", "a.b"))
_PAIRS: Strategy = st.one_of(
    st.dictionaries(_KEYS, _VALUES, max_size=3),
    st.lists(st.one_of(_KEYS, st.tuples(_KEYS, _TEXT).map("=".join)), max_size=3, unique=True),
)
_COMMANDS: Strategy = st.one_of(
    st.none(),
    st.lists(_TEXT, max_size=3),
    st.sampled_from(("run --x 'a b'", 'sh -c "echo $$X; ls"', "a \\ b", "a; b", "", '${UNSET:-""} z', "a 'b")),
)
_SIZES: Strategy = st.sampled_from((0, 1024, "64m", "1.5gb", "1 kb", "10", "${SIZE}", "2x"))
_DURATIONS = st.sampled_from(("1s", "1m30s", "500ms", "1.5h", "0s", "1d", "100us", "soon"))
_WHOLES: Strategy = st.one_of(st.integers(-1, 20), st.sampled_from(("3", "${UNSET:-4}")))
_PORTS: Strategy = st.one_of(
    st.integers(1, 70),
    st.sampled_from(
        (
            "80",
            "81:80",
            "127.0.0.1:82:80",
            "83-84:83-84",
            "90-92:90",
            "53:53/udp",
            "[::1]:99:99",
            "${PORT}:1",
            "1-2",
            "x:1",
        )
    ),
    st.fixed_dictionaries(
        {"target": st.one_of(st.integers(1, 90), st.just("${UNSET:-95}"))},
        optional={
            "published": st.sampled_from((8080, "8081", "9000-9010", "${PORT}")),
            "host_ip": st.sampled_from(("127.0.0.1", "::1", "0.0.0.0")),
            "protocol": st.sampled_from(("tcp", "udp")),
            "mode": st.sampled_from(("host", "ingress")),
            "name": st.just("web"),
        },
    ),
)
_TARGETS = st.sampled_from(("/a", "/b/", "/c/../d", "/e//f", "/g"))
_MOUNTS: Strategy = st.one_of(
    st.builds(
        lambda source, target, mode: f"{source}{target}{mode}",
        st.sampled_from(("./x:", "../y:", "~/z:", "/abs/:", "data:", "cache:", "", "./sp ace:")),
        _TARGETS,
        st.sampled_from(("", ":ro", ":rw", ":z,ro", ":rslave", ":delegated")),
    ),
    st.fixed_dictionaries(
        {"type": st.just("bind"), "source": st.sampled_from(("./p", "/q", "r")), "target": _TARGETS},
        optional={
            "read_only": _FLAGS,
            "bind": st.fixed_dictionaries(
                {}, optional={"create_host_path": st.booleans(), "propagation": st.just("rshared")}
            ),
        },
    ),
    st.fixed_dictionaries(
        {"type": st.just("volume"), "target": _TARGETS},
        optional={
            "source": st.sampled_from(VOLUMES),
            "volume": st.fixed_dictionaries({}, optional={"nocopy": _FLAGS, "subpath": st.just("deep")}),
        },
    ),
    st.fixed_dictionaries(
        {"type": st.just("tmpfs"), "target": _TARGETS},
        optional={"tmpfs": st.fixed_dictionaries({}, optional={"size": _SIZES, "mode": st.integers(0, 511)})},
    ),
)
_REFERENCES: Strategy = st.one_of(
    st.sampled_from(FILES),
    st.fixed_dictionaries(
        {"source": st.sampled_from(FILES)},
        optional={"target": st.sampled_from(("t", "/t")), "mode": st.sampled_from((288, "0440")), "uid": st.just("5")},
    ),
)
_DEPENDENCIES: Strategy = st.one_of(
    st.lists(st.sampled_from(SERVICES), unique=True, max_size=2),
    st.dictionaries(
        st.sampled_from(SERVICES),
        st.fixed_dictionaries(
            {"condition": st.sampled_from(("service_started", "service_healthy", "service_completed_successfully"))},
            optional={"restart": _FLAGS, "required": st.booleans()},
        ),
        max_size=2,
    ),
)
_ATTACHMENTS: Strategy = st.one_of(
    st.lists(st.sampled_from(NETWORKS), unique=True, max_size=2),
    st.dictionaries(
        st.sampled_from(NETWORKS),
        st.one_of(
            st.none(),
            st.fixed_dictionaries(
                {},
                optional={
                    "aliases": st.lists(st.sampled_from(("a1", "a2")), unique=True),
                    "ipv4_address": st.just("10.0.0.5"),
                    "priority": st.integers(0, 5),
                    "driver_opts": st.just({"k": 1}),
                },
            ),
        ),
        max_size=2,
    ),
)
_REQUESTS = st.lists(
    st.fixed_dictionaries(
        {"capabilities": st.just(["gpu"])},
        optional={
            "driver": st.just("nvidia"),
            "count": st.sampled_from(("all", 1, "2")),
            "device_ids": st.just(["0"]),
            "options": _PAIRS,
        },
    ),
    max_size=2,
)
_RESOURCES = st.fixed_dictionaries(
    {},
    optional={
        "limits": st.fixed_dictionaries(
            {},
            optional={
                "cpus": st.sampled_from(("0.5", 1, "0", 0.25)),
                "memory": st.sampled_from(("1g", "0", "64m")),
                "pids": _WHOLES,
            },
        ),
        "reservations": st.fixed_dictionaries({}, optional={"memory": st.just("10m"), "devices": _REQUESTS}),
    },
)
_DEPLOY: Strategy = st.one_of(
    st.none(),
    st.fixed_dictionaries(
        {},
        optional={
            "replicas": st.integers(0, 3),
            "labels": _PAIRS,
            "resources": _RESOURCES,
            "restart_policy": st.fixed_dictionaries(
                {}, optional={"condition": st.just("on-failure"), "max_attempts": _WHOLES, "delay": _DURATIONS}
            ),
        },
    ),
)
_HEALTHCHECKS = st.fixed_dictionaries(
    {},
    optional={
        "test": st.sampled_from(("exit 0", ["CMD", "true"], ["CMD-SHELL", "$$X"], ["NONE"], ["bad"], [])),
        "interval": _DURATIONS,
        "timeout": _DURATIONS,
        "start_period": _DURATIONS,
        "retries": _WHOLES,
        "disable": _FLAGS,
    },
)

_ATTRIBUTES: dict[str, Strategy] = {
    "annotations": _PAIRS,
    "cap_add": st.lists(st.sampled_from(("A", "B")), max_size=2),
    "command": _COMMANDS,
    "entrypoint": _COMMANDS,
    "configs": st.lists(_REFERENCES, max_size=2),
    "container_name": st.sampled_from(("own", "other")),
    "cpus": st.sampled_from((0.5, "1.5", 0, 2, "${UNSET:-0.1}")),
    "cpu_shares": _WHOLES,
    "depends_on": _DEPENDENCIES,
    "deploy": _DEPLOY,
    "devices": st.lists(st.sampled_from(("/dev/a", "/dev/a:/dev/b", "/dev/c:/dev/d:r")), max_size=2),
    "dns": st.sampled_from(("1.1.1.1", ["1.1.1.1", "2.2.2.2"], "")),
    "dns_search": st.sampled_from(("a.b", ["a.b"])),
    "environment": _PAIRS,
    "env_file": st.sampled_from(("e.env", ["e.env"], [{"path": "no.env", "required": False}], "no.env")),
    "expose": st.lists(st.sampled_from((80, "81", "90-91", 80)), max_size=2),
    "extra_hosts": st.sampled_from((["a:1.1.1.1", "b=::1"], {"a": "1.1.1.1"}, {"c": ["1.1.1.1", "2.2.2.2"]}, ["bad"])),
    "gpus": st.one_of(st.just("all"), _REQUESTS),
    "group_add": st.lists(st.sampled_from(("video", 44)), max_size=2),
    "healthcheck": _HEALTHCHECKS,
    "hostname": _WORDS,
    "image": _TEXT,
    "init": _FLAGS,
    "ipc": st.sampled_from(("host", "service:db", "shareable")),
    "labels": _PAIRS,
    "links": st.lists(st.sampled_from(("db", "web:w")), max_size=1),
    "logging": st.sampled_from(
        ({"driver": "json-file", "options": {"max-size": "1m", "n": 3}}, {}, {"driver": "none"})
    ),
    "mem_limit": _SIZES,
    "network_mode": st.sampled_from(("host", "none", "service:db", "bridge")),
    "networks": _ATTACHMENTS,
    "pids_limit": _WHOLES,
    "platform": st.just("linux/amd64"),
    "ports": st.lists(_PORTS, max_size=3),
    "privileged": _FLAGS,
    "profiles": st.lists(st.sampled_from(("p", "q")), max_size=2, unique=True),
    "pull_policy": st.sampled_from(("always", "missing", "if_not_present", "never", "daily", "every_12h", "soon")),
    "read_only": _FLAGS,
    "restart": st.sampled_from(("no", "always", "on-failure:3", "unless-stopped")),
    "secrets": st.lists(_REFERENCES, max_size=2),
    "security_opt": st.lists(st.sampled_from(("seccomp:unconfined", "label=disable")), max_size=2),
    "shm_size": _SIZES,
    "stdin_open": _FLAGS,
    "stop_grace_period": _DURATIONS,
    "stop_signal": st.just("SIGINT"),
    "sysctls": _PAIRS,
    "tmpfs": st.sampled_from(("/t", ["/t", "/u:size=1m"], ["/a"])),
    "tty": _FLAGS,
    "ulimits": st.sampled_from(({"nofile": 5}, {"nofile": {"soft": 1, "hard": "2"}}, {"nproc": "7", "core": 0})),
    "user": st.sampled_from(("1000:1000", "${UNSET:-5}:${TAG}", "root")),
    "volumes": st.lists(_MOUNTS, max_size=3),
    "working_dir": _WORDS,
    "x-own": _VALUES,
    "build": st.sampled_from(
        (".", {"context": "./c", "args": {"TAG": None, "A": 1}}, {"dockerfile": "D", "target": "t"})
    ),
    "imagee": st.just("x"),
}
#: Attributes that are wrong most of the time, or exclude others: they come up less often.
_RARE = ("imagee", "network_mode", "ipc", "links", "deploy", "build")


@st.composite
def _service(draw: st.DrawFn) -> dict[str, Any]:
    common = [key for key in _ATTRIBUTES if key not in _RARE]
    keys = draw(st.lists(st.sampled_from(common), max_size=5, unique=True))
    if draw(st.integers(0, 5)) == 0:
        keys.append(draw(st.sampled_from(_RARE)))
    service: dict[str, Any] = {"image": "img:${TAG:-latest}"}
    for key in keys:
        service[key] = draw(_ATTRIBUTES[key])
    return service


@st.composite
def projects(draw: st.DrawFn, *, whole: bool = True) -> dict[str, Any]:
    """A compose file; one that is not whole lies on top of another and defines services alone."""
    names = draw(st.lists(st.sampled_from(SERVICES), min_size=1, max_size=2, unique=True))
    project: dict[str, Any] = {"services": {name: draw(_service()) for name in names}}
    if not whole:
        return project
    # Those that others may refer to are mostly there.
    if draw(st.integers(0, 3)):
        for name in SERVICES:
            project["services"].setdefault(name, {"image": "plain"})
    network: Strategy = st.one_of(
        st.none(),
        st.fixed_dictionaries(
            {},
            optional={
                "driver": st.just("bridge"),
                "external": st.booleans(),
                "name": _TEXT,
                "internal": _FLAGS,
                "labels": _PAIRS,
                "ipam": st.just({"config": [{"subnet": "10.0.0.0/8"}]}),
            },
        ),
    )
    project["networks"] = {name: draw(network) for name in NETWORKS if draw(st.integers(0, 7))}
    volume: Strategy = st.one_of(
        st.none(),
        st.fixed_dictionaries(
            {},
            optional={
                "driver": st.just("local"),
                "labels": _PAIRS,
                "driver_opts": st.just({"o": "bind", "device": "./d"}),
            },
        ),
    )
    project["volumes"] = {name: draw(volume) for name in VOLUMES if draw(st.integers(0, 7))}
    project["secrets"] = {"one": {"file": "./one"}, "two": {"environment": "TAG"}}
    project["configs"] = {"one": {"content": "c ${TAG}"}, "two": {"file": "/abs"}}
    if draw(st.booleans()):
        project["name"] = draw(st.sampled_from(("My.Name", "${TAG}x", "a-b_c")))
    return project
