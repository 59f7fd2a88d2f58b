"""The machine: GPUs through NVML, CPU, memory and disks through psutil, and the choice of a profile."""
