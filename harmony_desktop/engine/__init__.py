"""The only room that imports ``docker``: discovery of the engine, calls with time limits, closable streams."""

import sys
import warnings

# requests loads it to guess the encoding of texts that do not tell theirs, which engines do not send; it costs 3.5 MB
# and 10 ms of each call. Without it such texts are taken for UTF-8, and requests says that it is missing.
sys.modules.setdefault("charset_normalizer", None)  # type: ignore[arg-type] # None: "is not there", as importlib has it
warnings.filterwarnings("ignore", message="Unable to find acceptable character detection dependency")
