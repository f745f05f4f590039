"""Runs one command and prints, as JSON, what it cost: `python3 usage.py OUT ERR COMMAND...`.

It is a program of its own because Linux counts the memory of the process that started a command into the command's
peak: this one holds next to nothing.
"""

import json
import os
import sys
import time


def busy_seconds() -> float:
    """Processor seconds all programs of this machine, and of its host beside it (steal), have taken."""
    with open("/proc/stat") as stat:
        user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, stat.readline().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def measured(out: str, err: str, command: list[str]) -> dict:
    """Wall and processor time, peak memory (its children included) and how busy others kept the machine meanwhile."""
    redirected = [
        (os.POSIX_SPAWN_OPEN, 1, out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644),
        (os.POSIX_SPAWN_OPEN, 2, err, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644),
    ]
    before, started = busy_seconds(), time.monotonic()
    child = os.posix_spawn(command[0], command, os.environ, file_actions=redirected)
    _, status, used = os.wait4(child, 0)
    wall, busy = time.monotonic() - started, busy_seconds() - before
    cpu = used.ru_utime + used.ru_stime
    return {
        "status": os.waitstatus_to_exitcode(status),
        "wall_s": round(wall, 3),
        "cpu_s": round(cpu, 3),
        "peak_mib": round(used.ru_maxrss / 1024, 1),
        "others_share": round(max(0.0, busy - cpu) / (wall * (os.cpu_count() or 1)), 3),
    }


if __name__ == "__main__":
    print(json.dumps(measured(sys.argv[1], sys.argv[2], sys.argv[3:])))
