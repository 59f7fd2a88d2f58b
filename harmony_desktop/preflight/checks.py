"""All checks, in the order in which they are told. ``docs/checks.md`` describes them, and a test compares the two."""

from __future__ import annotations

from harmony_desktop.preflight.check import Check
from harmony_desktop.preflight.container_names import ContainerNames
from harmony_desktop.preflight.cuda_arch import CudaArch
from harmony_desktop.preflight.data_folder import DataFolder
from harmony_desktop.preflight.disk_space import DiskSpace
from harmony_desktop.preflight.empty_token import EmptyToken
from harmony_desktop.preflight.endpoints import Endpoints
from harmony_desktop.preflight.engine_api import EngineApi
from harmony_desktop.preflight.engine_clock import EngineClock
from harmony_desktop.preflight.engine_disk import EngineDisk
from harmony_desktop.preflight.engine_leftovers import EngineLeftovers
from harmony_desktop.preflight.engine_memory import EngineCores, EngineMemory
from harmony_desktop.preflight.engine_reachable import EngineReachable
from harmony_desktop.preflight.file_mounts import FileMounts
from harmony_desktop.preflight.folder_leftovers import FolderLeftovers
from harmony_desktop.preflight.folder_place import FolderPlace
from harmony_desktop.preflight.free_ports import FreePorts
from harmony_desktop.preflight.gpu_driver import GpuDriver
from harmony_desktop.preflight.gpu_engine import GpuEngine
from harmony_desktop.preflight.gpu_generation import GpuGeneration
from harmony_desktop.preflight.gpu_profile import GpuProfile
from harmony_desktop.preflight.models_memory import ModelsMemory
from harmony_desktop.preflight.proxies import Proxies
from harmony_desktop.preflight.pull_policy import StartsOffline
from harmony_desktop.preflight.speech_models import SpeechModels
from harmony_desktop.preflight.stack_files import StackFiles
from harmony_desktop.preflight.text_flags import TextFlags
from harmony_desktop.preflight.text_form import ByteOrderMarks, LastLines, LineEnds
from harmony_desktop.preflight.tmp_folder import TmpFolder
from harmony_desktop.preflight.unread_variables import UnreadVariables
from harmony_desktop.preflight.well_formed import WellFormedJson, WellFormedYaml
from harmony_desktop.preflight.writable_folders import WritableFolders

CHECKS: tuple[Check, ...] = (
    EngineReachable(),
    EngineApi(),
    EngineClock(),
    Proxies(),
    ContainerNames(),
    EngineLeftovers(),
    GpuDriver(),
    GpuEngine(),
    GpuProfile(),
    GpuGeneration(),
    DiskSpace(),
    EngineDisk(),
    EngineMemory(),
    ModelsMemory(),
    EngineCores(),
    FreePorts(),
    StackFiles(),
    FolderPlace(),
    FileMounts(),
    WritableFolders(),
    LineEnds(),
    ByteOrderMarks(),
    LastLines(),
    WellFormedJson(),
    WellFormedYaml(),
    FolderLeftovers(),
    UnreadVariables(),
    CudaArch(),
    TmpFolder(),
    EmptyToken(),
    SpeechModels(),
    Endpoints(),
    StartsOffline(),
    TextFlags(),
    DataFolder(),
)
