"""Runs a command that the kernel kills when its parent is gone: `python -I -S leash.py PARENT_PID COMMAND…`.

A program of its own, not a `preexec_fn`: Python between fork and exec can deadlock where there are threads. The command
replaces this process, so it keeps its pid. Linux only; elsewhere the command runs without a leash.
"""

import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h
EXIT_PARENT_GONE = 125


def main(parent_pid: int, command: list[str]) -> None:
    """Never returns."""
    if sys.platform == "linux":
        import ctypes

        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
            number = ctypes.get_errno()
            raise OSError(number, f"prctl(PR_SET_PDEATHSIG): {os.strerror(number)}")
    if os.getppid() != parent_pid:  # it went before we were on the leash
        sys.exit(EXIT_PARENT_GONE)
    os.execv(command[0], command)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
