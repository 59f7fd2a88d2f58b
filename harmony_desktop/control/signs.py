"""What programs and engines print when they fail, and what it means: the table behind ``diagnose``.

A sign has patterns for one line, one for each spelling. Its ``weight`` says how much it tells: a line that names a
cause beyond doubt beats a newer one that merely says that something went wrong. On one line, the first sign of the
table that fits is taken. ``detailed`` is told where the group ``{x}`` that it names was found in the line, else
``cause`` is.
"""

from __future__ import annotations

import enum

from harmony_desktop.records import dataclass
from harmony_desktop.stack.words import say

#: Weights: names the cause beyond doubt; names a cause; says that something went wrong, in its own words.
CERTAIN, TELLING, VAGUE = 3, 2, 1


class Kind(enum.Enum):
    """What has to be known of a cause beyond its words."""

    OTHER = enum.auto()
    MEMORY = enum.auto()
    #: It could not reach somebody: perhaps another service, whose fault is then the cause.
    CONNECTION = enum.auto()
    CONFIG = enum.auto()


@dataclass(frozen=True, slots=True)
class Sign:
    """One row of the table; see the module."""

    patterns: tuple[str, ...]
    cause: str
    advice: str
    detailed: str = ""
    weight: int = TELLING
    kind: Kind = Kind.OTHER


_CHOOSE_CPU = say("or choose the processor on the Hardware page")
_UPDATE_DRIVER = say("Update the NVIDIA driver and restart the computer, {choose_cpu}.", choose_cpu=_CHOOSE_CPU)
_OTHER_IMAGE = say("Update the image, or choose one that was built for this computer.")
_CHECK_COMMAND = say("Check the command of the service, and its image.")
_AGAIN = say("Start it again; if it happens again, update the image.")
_BACK = say("Correct the file, or put back the one that came with the stack.")
_NOT_A_FILE = say("a folder stands where it expects a file")
_MAKE_FILE = say(
    "Remove the folder of that name from the stack's folder, and put the file there (“setup” puts ours back)."
)
_CARD_FULL = say("the graphics card ran out of memory")
_LESS_ON_CARD = say("Choose a smaller model or a shorter context, or close what else uses the card.")
_NOT_FOR_CARD = say("the image was not built for this graphics card")
_OTHER_CARD = say("Update the image; until there is one for this card, choose the processor on the Hardware page.")

_PATH = r"['\"`]?(?P<path>(?:/|\.{1,2}/|[\w.-]+/)[^'\"`:\s]+)['\"`]?"
_PORT = r"(?:\d|\]|\*|localhost|:|\s)'?(?::|, )(?P<port>\d{2,5})\b"
_USED = r"(?:address already in use|port is already allocated|only one usage of each socket address)"
_VARIABLE = r"['\"`]?(?P<name>[A-Z][A-Z0-9_]{2,})['\"`]?"

_GPU = (
    Sign(
        (
            r"(?:CUDA|HIP) out of memory.*?tried to allocate (?P<wanted>[\d.]+ [KMG]iB)",
            r"(?:CUDA|HIP) out of memory",
            r"CUDA error(?: \d+ at [^:]*:\d+)?: out of memory",
            r"allocating (?P<wanted>[\d.]+ [KMG]iB) on device \d+: cudaMalloc failed: out of memory",
            r"cudaMalloc failed: out of memory|CUDA failure 2: out of memory|CUDA_ERROR_OUT_OF_MEMORY",
            r"cudaErrorMemoryAllocation|CUBLAS_STATUS_ALLOC_FAILED|torch\.(?:cuda\.)?OutOfMemoryError",
        ),
        _CARD_FULL,
        _LESS_ON_CARD,
        "the graphics card ran out of memory: {wanted} more were needed",
        CERTAIN,
        Kind.MEMORY,
    ),
    Sign((r"(?:unable|failed) to allocate CUDA\d* buffer",), _CARD_FULL, _LESS_ON_CARD, kind=Kind.MEMORY),
    Sign(
        (r"no kernel image is available for execution on the device",),
        _NOT_FOR_CARD,
        _OTHER_CARD,
        weight=CERTAIN,
    ),
    Sign(
        (r"with CUDA capability sm_\d+ is not compatible with the current PyTorch installation",),
        _NOT_FOR_CARD,
        _OTHER_CARD,
    ),
    Sign(
        (r"driver/library version mismatch",),
        "the NVIDIA driver was updated while the computer ran",
        "Restart the computer.",
        weight=CERTAIN,
    ),
    Sign(
        (r"unsatisfied condition: cuda\s*>=\s*(?P<cuda>\d[\d.]*\d|\d+)", r"unsatisfied condition: (?:driver|brand)"),
        "the NVIDIA driver is too old for this image",
        _UPDATE_DRIVER,
        "the NVIDIA driver is too old for this image, which needs CUDA {cuda}",
        CERTAIN,
    ),
    Sign(
        (
            r"CUDA driver version is insufficient for CUDA runtime version",
            r"NVIDIA driver on your system is too old",
            r"compiled with an unsupported toolchain|CUDA_ERROR_UNSUPPORTED_PTX_VERSION",
            r"CUDA_ERROR_SYSTEM_DRIVER_MISMATCH",
        ),
        "the NVIDIA driver is too old for this image",
        _UPDATE_DRIVER,
        weight=CERTAIN,
    ),
    Sign(
        (
            r"nvml error: driver not loaded|Failed to initialize NVML: Driver Not Loaded",
            r"load library failed: libnvidia-ml\.so|Found no NVIDIA driver on your system",
            r"couldn't communicate with the NVIDIA driver",
        ),
        "the NVIDIA driver is not installed, or not loaded",
        f"Install the NVIDIA driver and restart the computer, {_CHOOSE_CPU}.",
        weight=CERTAIN,
    ),
    Sign(
        (r"GPU access blocked by the operating system",),
        "the system keeps it from the graphics card",
        "Update the NVIDIA driver, and on Windows also WSL (“wsl --update”).",
        weight=CERTAIN,
    ),
    Sign(
        (r"Failed to initialize NVML",),
        "the container has lost the graphics card",
        "Restart the service; if that does not help, restart the computer.",
        weight=CERTAIN,
    ),
    Sign(
        (r"GPU (?:is|was) lost|fallen off the bus|uncorrectable ECC error|CUDA_ERROR_ECC_UNCORRECTABLE",),
        "the graphics card has failed or was lost",
        "Restart the computer; if it happens again, check the card, its power and its temperature.",
        weight=CERTAIN,
    ),
    Sign(
        (
            r"could not select device driver|unresolvable CDI devices",
            r"unknown (?:or invalid runtime name|runtime specified):? ?nvidia",
            r"nvidia-container-(?:cli|runtime)[^:]*: (?:exec: .*)?executable file not found",
        ),
        "Docker cannot hand a graphics card to it",
        f"Install the NVIDIA Container Toolkit and restart Docker, {_CHOOSE_CPU}.",
        weight=CERTAIN,
    ),
    Sign(
        (r"nvidia-container-cli: .*(?:unknown|no such) device",),
        "the graphics card that it asks for is not there",
        "Check the device IDs in the compose file, and the card.",
        weight=CERTAIN,
    ),
    Sign(
        (r"nvidia-container-cli: .*cgroup",),
        "the NVIDIA Container Toolkit does not get on with the system's control groups",
        "Update the NVIDIA Container Toolkit and Docker.",
        weight=CERTAIN,
    ),
    Sign(
        (r"nvidia-container-cli: (?P<what>.+?)(?:: unknown)?\.?$",),
        "the NVIDIA Container Toolkit could not prepare the graphics card",
        f"Update the NVIDIA driver and the NVIDIA Container Toolkit, {_CHOOSE_CPU}.",
        "the NVIDIA Container Toolkit could not prepare the graphics card: {what}",
        CERTAIN,
    ),
    Sign(
        (
            r"no CUDA-capable device is detected|No CUDA GPUs are available|CUDA_ERROR_NO_DEVICE",
            r"Torch not compiled with CUDA enabled|libcuda\.so[\d.]*: cannot open shared object file",
            r"deserialize object on a CUDA device but torch\.cuda\.is_available\(\) is False",
        ),
        "it expects a graphics card, and sees none",
        "Choose the processor on the Hardware page, or check the driver and the NVIDIA Container Toolkit there.",
    ),
    Sign(
        (r"CUDA unknown error", r"CUDA error: (?:unknown|initialization error|all CUDA-capable devices are busy)"),
        "the graphics card does not answer",
        "Restart the service; if that does not help, restart the computer.",
    ),
    Sign(
        (r"CUDA error: (?:an illegal memory|device-side assert|misaligned address|unspecified launch failure)",),
        "it crashed on the graphics card",
        "Restart the service; if it happens again, update the image, or try another model.",
    ),
)

_MACHINE = (
    Sign(
        (
            r"insufficient shared memory|No space left on device.*?/dev/shm|/dev/shm.*?No space left on device",
            r"unable to (?:write to|open|mmap \d+ bytes from) (?:file|shared memory object) <?/?torch_",
        ),
        "its shared memory is too small",
        "Give the service a larger shm_size in the compose file.",
        weight=CERTAIN,
    ),
    Sign(
        (
            r"^MemoryError\b|std::bad_alloc|cannot allocate memory|\bENOMEM\b|heap out of memory",
            r"DefaultCPUAllocator: (?:not enough memory|can't allocate memory)",
        ),
        "it ran out of memory",
        "Choose a smaller model, or give Docker more memory.",
        kind=Kind.MEMORY,
    ),
    Sign(
        (r"no space left on device|\bENOSPC\b|disk quota exceeded|database or disk is full",),
        "the disk is full",
        "Free some space on the disk that holds the stack's folder and Docker's data.",
        weight=CERTAIN,
    ),
    Sign(
        (
            r"bind\(\) to \S*?:(?P<port>\d+) failed \(13: ",
            r"listen E?ACCES.*?:(?P<port>\d+)",
            rf"\[Errno 13\] error while attempting to bind.*?{_PORT}",
            r"listen \w+ \S*?:(?P<port>\d+): bind: permission denied",
        ),
        "it may not open its port",
        "Let it listen on a port above 1023, or run it as another user.",
        "it may not open port {port}",
        CERTAIN,
    ),
    Sign(
        (
            rf"{_PORT}.*?(?:{_USED}|EADDRINUSE)",
            rf"(?:{_USED}|EADDRINUSE).*?{_PORT}",
            rf"ports are not available.*?{_PORT}",
            rf"{_USED}|EADDRINUSE|ports are not available",
        ),
        "its port is in use",
        "Stop what holds the port, or choose another one in the stack's .env.",
        "port {port} is in use",
    ),
    Sign(
        (r"cannot assign requested address",),
        "the address that it shall listen on is not one of this computer",
        "Check HARMONY_BIND_ADDRESS in the stack's .env.",
    ),
    Sign(
        (r"exec format error|cannot execute binary file",),
        "the image was built for another kind of processor",
        _OTHER_IMAGE,
        weight=CERTAIN,
    ),
    Sign(
        (r"\bIllegal instruction\b|CPU (?:does not|doesn't) support (?:the )?(?:AVX|SSE|required)",),
        "it uses instructions that this processor lacks",
        "Use an image that was built for this processor.",
    ),
)

_STARTS = (
    Sign(
        (
            r"to rootfs at ['\"]?(?P<path>/[^'\"\s]+)['\"]?.*trying to mount a directory onto a file",
            r"trying to mount a directory onto a file",
        ),
        _NOT_A_FILE,
        _MAKE_FILE,
        "a folder stands where it expects the file {path}",
        CERTAIN,
    ),
    Sign(
        (r"bind source path does not exist: (?P<path>\S+)",),
        "a folder or file that it needs is not there",
        "Make it again (“setup” does that for the stack's own folders), or correct its path in the compose file.",
        "{path} is not there",
        CERTAIN,
    ),
    Sign(
        (r"mounts denied|is not shared from the host",),
        "Docker Desktop may not use the stack's folder",
        "Allow the folder in Docker Desktop: Settings, Resources, File sharing.",
        weight=CERTAIN,
    ),
    Sign(
        (r"error gathering device information while adding custom device ['\"]?(?P<path>[^'\":\s]+)",),
        "a device that it asks for is not there",
        "Connect the device, or take it out of the compose file.",
        "the device {path}, which it asks for, is not there",
        CERTAIN,
    ),
    Sign(
        (
            r"exec: ['\"]?(?P<name>[^'\"\s]+?)['\"]?: (?:stat \S+: )?(?:no such file|executable file not found)",
            r"stat (?P<name>/\S+): no such file or directory: unknown",
            r"^(?:/bin/)?(?:sh|bash|ash|exec): (?:(?:line )?\d+: )?(?P<name>\S+): (?:command )?not found",
        ),
        "its start command was not found",
        _CHECK_COMMAND,
        "its start command “{name}” was not found",
        CERTAIN,
    ),
    Sign(
        (
            r"exec: ['\"]?(?P<name>[^'\"\s]+?)['\"]?: (?:is a directory: unknown: )?permission denied",
            r"unable to start container process: exec.*permission denied",
        ),
        "its start command may not be executed",
        _CHECK_COMMAND,
        "its start command “{name}” may not be executed",
        CERTAIN,
    ),
    Sign(
        (r"(?:OCI runtime|runc|shim task|container init).*cgroup.*(?:denied|not found|no such file|invalid)",),
        "Docker could not set up its limits with control groups",
        "Restart Docker; in a virtual or rootless installation, check that limits are allowed.",
        weight=CERTAIN,
    ),
    Sign(
        (r"unable to find (?:user|group) (?P<name>\S+?):? no matching entries",),
        "the user that it shall run as does not exist in the image",
        "Check “user” in the compose file, or APP_RUNTIME_UID in the stack's .env.",
        "the user “{name}”, whom it shall run as, does not exist in the image",
        CERTAIN,
    ),
    Sign(
        (r"^(?:.*: )?network (?P<name>\S+) not found",),
        "its network is gone",
        "Start the stack again: that makes the network anew.",
    ),
)

_FILES = (
    Sign(
        (
            rf"(?:IsADirectoryError|EISDIR).*?{_PATH}",
            r"(?:open|read) (?P<path>/\S+): is a directory",
            r"(?P<path>/\S+): is a directory",
            r"IsADirectoryError|EISDIR|: is a directory$",
        ),
        _NOT_A_FILE,
        _MAKE_FILE,
        "{path} is a folder, but it expects a file",
        CERTAIN,
    ),
    Sign(
        (rf"Read-only file system:? {_PATH}", rf"{_PATH}: Read-only file system", r"Read-only file system|\bEROFS\b"),
        "it may not write: the place is read-only",
        "Take “:ro” from that mount, or “read_only” from the service, in the compose file.",
        "it may not write to {path}: it is read-only",
    ),
    Sign(
        (
            rf"(?:PermissionError|EACCES|EPERM)\b.*?{_PATH}",
            rf"(?:open|mkdir|stat|unlink|rename|fopen|create) {_PATH}: permission denied",
            rf"(?:cannot|can't|could not|failed to) .*?{_PATH}:? \(?(?:13: )?permission denied",
            r"['\"](?P<path>/[^'\"]+)['\"] failed \(13: permission denied\)",
            rf"{_PATH}: permission denied",
            r"PermissionError|\bEACCES\b|permission denied",
        ),
        "it may not use one of its files or folders",
        "Give the folder to the user that the service runs as (“doctor --fix” does that for the stack's own).",
        "it may not use {path}",
    ),
)

_HUB = (
    Sign(
        (
            r"Access to (?:model|dataset) (?P<name>\S+) is restricted",
            r"(?:model|dataset) (?P<name>\S+) is gated",
            r"GatedRepoError|Cannot access gated repo|trying to access a gated repo",
        ),
        "it may not download a protected model",
        "Accept the model's terms on its page at huggingface.co, and put your access token into the service's .env "
        "(HF_TOKEN).",
        "it may not download the protected model {name}",
        CERTAIN,
    ),
    Sign(
        (
            r"Invalid user token|Invalid (?:username or password|credentials in Authorization header)",
            r"(?:401|403) Client Error.*huggingface\.co|RepositoryNotFoundError: 401|LocalTokenNotFoundError",
        ),
        "Hugging Face did not accept its access token",
        "Put a valid access token into the service's .env (HF_TOKEN), and check the model's name.",
        weight=CERTAIN,
    ),
    Sign(
        (r"429 Client Error|Too Many Requests for url",),
        "the server of the models asks it to slow down",
        "Try again later; an access token in the service's .env (HF_TOKEN) raises the limit.",
    ),
    Sign(
        (
            r"LocalEntryNotFoundError|couldn't connect to 'https://huggingface\.co'",
            r"outgoing traffic has been disabled",
            r"host=\\?'huggingface\.co\\?'.*(?:Failed to resolve|name resolution|unreachable|timed out|new connection)",
        ),
        "it could not download a model: there is no way to huggingface.co",
        "Check the internet connection, then start the service again; models that are here need none.",
        weight=CERTAIN,
    ),
    Sign(
        (r"CERTIFICATE_VERIFY_FAILED|certificate (?:verify failed|signed by unknown authority|has expired)",),
        "it does not trust the server that it talks to",
        "Check the computer's clock, and whether a proxy or a virus scanner stands between.",
    ),
    Sign(
        (r"IncompleteRead|Consistency check failed|ChunkedEncodingError|ReadTimeoutError|Connection broken",),
        "a download broke off",
        "Start the service again: it goes on where it was.",
    ),
)

_MODELS = (
    Sign(
        (
            r"failed to open GGUF file ['\"](?P<path>[^'\"]+)",
            r"FileNotFoundError: .*?['\"](?P<path>[^'\"]*(?:models?/|checkpoints?/)[^'\"]+)['\"]",
            r"FileNotFoundError: .*?['\"](?P<path>[^'\"]+\.(?:gguf|safetensors|ggml|pth?|onnx|bin))['\"]",
            r"Model path does not exist: (?P<path>\S+)",
        ),
        "a model that it needs is not there",
        "Put the model into its folder, or name another one in the service's settings.",
        "the model file {path} is not there",
    ),
    Sign(
        (
            r"(?P<name>\S+) is not a local folder and is not a valid model identifier",
            r"(?P<name>\S+) does not appear to have a file named",
            r"Error no file named .*? found in directory (?P<name>\S+?)\.?$",
            r"\bModel (?P<name>\S+) is not configured",
            r"^(?!.*(?:download|fetch|pull|skip|fallback|falling back|using|optional|GET |POST ))"
            r".*\b(?:model|checkpoint)\b.{0,80}(?:not found|does not exist|no such file)",
        ),
        "a model that it needs is not there",
        "Put the model into its folder, or name another one in the service's settings.",
        "the model {name} is not there",
    ),
    Sign(
        (
            r"invalid magic (?:number|characters)|Error while deserializing header",
            r"(?:safetensors|gguf)\b.*(?:corrupt|truncated)|data is not within (?:the )?file bounds",
        ),
        "a model file is damaged, or of a kind that it does not know",
        "Download the model again, or choose another one.",
    ),
)

_CONFIG = (
    Sign(
        (
            r"JSONDecodeError: |error parsing JSON|unexpected end of JSON input",
            r"SyntaxError: .*\bJSON\b|invalid character .+ (?:looking for|after|in) ",
        ),
        "it cannot read a JSON file, probably its configuration",
        _BACK,
        kind=Kind.CONFIG,
    ),
    Sign(
        (
            r"yaml\.(?:\w+\.)*\w+Error|yaml: (?:line \d+|unmarshal errors)|YAMLException",
            r"TOMLDecodeError|configparser\.\w+Error",
        ),
        "it cannot read its configuration file",
        _BACK,
        kind=Kind.CONFIG,
    ),
    Sign(
        (r"nginx: \[emerg\] (?!host not found|bind\(\)).* in (?P<path>/\S+):\d+",),
        "it cannot read its configuration file",
        _BACK,
        "it cannot read its configuration file {path}",
        kind=Kind.CONFIG,
    ),
    Sign(
        (
            r"\d+ validation errors? for (?P<name>\w+)",
            r"error: (?:unrecognized arguments?:|argument) (?P<name>--?[\w-]+)",
            r"(?:unknown|unrecognized) (?:option|flag|argument):? ['\"]?(?P<name>--?[\w-]+)",
        ),
        "it does not accept one of its settings",
        "Correct its configuration; the log names the setting.",
        "it does not accept one of its settings: {name}",
        kind=Kind.CONFIG,
    ),
    Sign(
        (
            r"KeyError: '(?P<name>(?-i:[A-Z][A-Z0-9]*_[A-Z0-9_]+))'",
            rf"(?:environment|env)(?: variable| var)? (?-i:{_VARIABLE}) (?:is |was )?(?:not set|missing|required|must)",
            rf"(?-i:{_VARIABLE})(?: environment variable)? (?:is |was )(?:not set|required but)",
            rf"(?-i:{_VARIABLE}): (?:parameter (?:null or )?not set|unbound variable)",
            rf"(?:missing|required) (?:required )?environment variables?:? (?-i:{_VARIABLE})",
        ),
        "a setting that it needs is missing",
        "Set the variable in the service's .env.",
        "the variable {name}, which it needs, is not set",
    ),
)

_PROGRAMS = (
    Sign(
        (r"ModuleNotFoundError: No module named '(?P<name>[^']+)'", r"Cannot find module '(?P<name>[^']+)'"),
        "a part of the program is missing in its image",
        "Update the image; a start command or a mount that hides the program has the same effect.",
        "the image lacks the module “{name}”",
    ),
    Sign(
        (
            r"(?P<name>lib[\w.+-]+\.so[\d.]*): cannot open shared object file",
            r"version [`'](?P<name>GLIBC\w*_[\d.]+)' not found",
        ),
        "a library is missing in its image",
        _OTHER_IMAGE,
        "the image lacks the library {name}",
    ),
    Sign(
        (r"Fatal Python error: Segmentation fault|segmentation fault \(core dumped\)|\bSIGSEGV\b",),
        "it crashed: segmentation fault",
        _AGAIN,
    ),
)

#: Perhaps another service's fault: ``roots`` finds out.
_CONNECTIONS = (
    Sign(
        (
            r"host not found in upstream ['\"](?P<name>[^'\":]+)",
            r"Failed to resolve \\?'(?P<name>[^'\\]+)",
            r"lookup (?P<name>[\w.-]+)(?: on \S+)?: (?:no such host|server misbehaving|.*timeout)",
            r"could not resolve host:? (?P<name>[\w.-]+)",
            r"getaddrinfo (?:ENOTFOUND|EAI_AGAIN) (?P<name>[\w.-]+)",
            r"bad address '(?P<name>[\w.-]+)",
            r"Cannot connect to host (?P<name>[\w.-]+):\d+ .*name",
            r"NameResolutionError|temporary failure in name resolution|name or service not known",
            r"getaddrinfo failed|no address associated with hostname",
        ),
        "it cannot find the computer that it wants to talk to",
        "Check the internet connection, and the addresses in the service's settings.",
        "it cannot find “{name}”",
        kind=Kind.CONNECTION,
    ),
    Sign(
        (
            r"https?://(?P<name>[\w.-]+(?::\d+)?).*connection refused",
            r"host=\\?'(?P<name>[\w.-]+).*(?:connection refused|new connection|timed out|no route)",
            r"dial tcp (?P<name>\S+?): .*(?:connection refused|no route|timeout)",
            r"Cannot connect to host (?P<name>[\w.-]+:\d+)",
            r"Failed to connect to (?P<name>\S+) port \d+",
            r"can't connect to remote host \((?P<name>[\da-f.:]+)\)",
            r"connect ECONNREFUSED (?P<name>\S+)|(?P<host>[A-Za-z][\w.-]+:\d{2,5})\b.*connection refused",
            r"connection refused|\bECONNREFUSED\b|All connection attempts failed|no route to host",
            r"Failed to establish a new connection|network is unreachable|connection timed out|\bETIMEDOUT\b",
        ),
        "it cannot reach what it wants to talk to",
        "Check that the other side runs, and the addresses in the service's settings.",
        "it cannot reach {name}",
        kind=Kind.CONNECTION,
    ),
)

_LEFTOVERS = (
    Sign(
        (
            r"FileNotFoundError: .*?['\"](?P<path>[^'\"]+)['\"]",
            r"(?:open|stat|read) (?P<path>/\S+): no such file or directory",
            r"ENOENT: no such file or directory,? \w+ '(?P<path>[^']+)'",
        ),
        "a file that it needs is not there",
        "Put the file into its place (“setup” puts back the stack's own).",
        "{path}, which it needs, is not there",
    ),
    Sign(
        (
            r"^(?:[A-Za-z_]\w*\.)*\w*(?-i:Error|Exception): (?P<what>\S.*)",
            r"^panic: (?P<what>.+)|^thread '.*' panicked at (?P<place>.+)",
            r"\[emerg\] (?:\d+#\d+: )?(?P<what>.+)",
            r"^(?:\S+ ){0,3}\[?(?-i:FATAL|CRITICAL)\]?:? +(?P<what>.+)",
        ),
        "it ended with an error",
        "",
        "it ended with an error: {what}",
        VAGUE,
    ),
)

#: All signs; on one line, the first that fits is taken.
SIGNS: tuple[Sign, ...] = (
    *_GPU,
    *_MACHINE,
    *_STARTS,
    *_FILES,
    *_HUB,
    *_MODELS,
    *_CONFIG,
    *_PROGRAMS,
    *_CONNECTIONS,
    *_LEFTOVERS,
)

#: Exit codes that say something by themselves: cause and advice.
EXIT_CODES: dict[int, tuple[str, str]] = {
    125: (say("the engine could not run it"), say("Check the compose file; “doctor” checks the engine.")),
    126: (say("its start command may not be executed"), _CHECK_COMMAND),
    127: (say("its start command was not found"), _CHECK_COMMAND),
    130: (say("it was interrupted by SIGINT"), say("Start it again.")),
    131: (say("it was told to quit by SIGQUIT"), say("Start it again.")),
    132: (
        say("it uses instructions that this processor lacks"),
        say("Use an image that was built for this processor."),
    ),
    133: (say("it crashed: trap"), _AGAIN),
    134: (say("it gave up: abort"), say("Its log may tell why; if it does not, update the image.")),
    135: (
        say("it crashed: bus error"),
        say("Give the service a larger shm_size in the compose file, or update the image."),
    ),
    136: (say("it crashed: arithmetic error"), _AGAIN),
    137: (
        say("it was killed from outside"),
        say("Something ended it by force: “docker kill”, another program, or the system. Start it again."),
    ),
    139: (say("it crashed: segmentation fault"), _AGAIN),
    143: (say("it was told to end by SIGTERM"), say("Start it again.")),
    159: (say("it made a call that Docker forbids"), say("Update Docker, or the image.")),
}
