"""What figures were measured on: the machine, its software, and the state of the sources."""

import ctypes.util
import os
import platform
import subprocess


def describe(root):
    """Everything as one dictionary; what cannot be found out is None."""
    processor = read("/proc/cpuinfo")
    return {
        "host": platform.node(),
        "cpu": value(processor, "model name", ":"),
        "cores": os.cpu_count(),
        "memory_bytes": os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGESIZE"),
        "virtual": "hypervisor" in (value(processor, "flags", ":") or "").split(),
        "system": value(read("/etc/os-release"), "PRETTY_NAME", "="),
        "kernel": platform.release(),
        "load_average": os.getloadavg()[0],
        "libzmq": libzmq_version(),
        "onnxruntime": onnxruntime_version(root),
        "swift": first_line("swift", "--version"),
        "python": platform.python_version(),
        "git_commit": first_line("git", "-C", root, "rev-parse", "HEAD"),
        "git_dirty": is_dirty(root),
    }


def summary(machine):
    """The same in one line, for people."""
    kind = "virtual" if machine["virtual"] else "physical"
    commit = (machine["git_commit"] or "no commit")[:10] + (" and changes" if machine["git_dirty"] else "")
    return (
        f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_bytes'] / 2**30:.0f} GiB, {kind}; "
        f"{machine['system']}, Linux {machine['kernel']}; libzmq {machine['libzmq']}, "
        f"ONNX Runtime {machine['onnxruntime']}; {machine['swift']}; load {machine['load_average']:.1f}; {commit}"
    )


def read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def value(text, key, separator):
    for line in text.splitlines():
        name, found, rest = line.partition(separator)
        if found and name.strip() == key:
            return rest.strip().strip('"')
    return None


def first_line(*command):
    try:
        result = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    except OSError:
        return None
    lines = result.stdout.strip().splitlines()
    return lines[0] if result.returncode == 0 and lines else None


def is_dirty(root):
    result = subprocess.run(["git", "-C", root, "status", "--porcelain"], capture_output=True, text=True)
    return bool(result.stdout.strip()) if result.returncode == 0 else None


def libzmq_version():
    name = ctypes.util.find_library("zmq")
    if name is None:
        return None
    try:
        numbers = [ctypes.c_int() for _ in range(3)]
        ctypes.CDLL(name).zmq_version(*(ctypes.byref(number) for number in numbers))
    except (OSError, AttributeError):
        return None
    return ".".join(str(number.value) for number in numbers)


def onnxruntime_version(root):
    """The version in the name of the library that the set-up left."""
    prefix = "libonnxruntime.so."
    try:
        names = os.listdir(os.path.join(root, ".augury", "onnxruntime"))
    except OSError:
        return None
    return max((name[len(prefix):] for name in names if name.startswith(prefix)), key=len, default=None)
