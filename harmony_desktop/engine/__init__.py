"""The only room that imports ``docker``: discovery of the engine, calls with time limits, closable streams."""

import sys
import warnings
from importlib.util import find_spec
from types import ModuleType

from harmony_desktop.late_modules import loaded_later

# requests loads it to guess the encoding of texts that do not tell theirs, which engines do not send; it costs 3.5 MB
# and 10 ms of each call. Without it such texts are taken for UTF-8, and requests says that it is missing.
sys.modules.setdefault("charset_normalizer", None)  # type: ignore[arg-type] # None: "is not there", as importlib has it
warnings.filterwarnings("ignore", message="Unable to find acceptable character detection dependency")

# Its own part for those who think in objects is sixteen modules; here only its low-level client is used.
loaded_later("docker")

# docker-py tries to load what speaks to an engine over SSH (which is done in other ways here) and over Windows's named
# pipes, and its parts with it, though what they stand on is not installed.
_absent = ["sshconn"] if sys.platform == "win32" else ["sshconn", "npipeconn", "npipesocket"]
for _name in _absent:
    sys.modules.setdefault(f"docker.transport.{_name}", None)  # type: ignore[arg-type] # as above

# urllib3's switch to HTTP/2 stands in a package whose own code reads the metadata of installed packages: twenty modules
# and 7 ms of each call, though the switch is never thrown. The module beside it that urllib3 does need is loaded as
# ever.
_urllib3 = None if "urllib3" in sys.modules else find_spec("urllib3")
if _urllib3 is not None and _urllib3.submodule_search_locations:
    _http2 = ModuleType("urllib3.http2", "Without the switch to HTTP/2.")
    _http2.__path__ = [f"{place}/http2" for place in _urllib3.submodule_search_locations]
    sys.modules.setdefault("urllib3.http2", _http2)
