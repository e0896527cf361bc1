"""The program `runner`, installed by pip: `find_runner` says where it is, and `python -m runner` runs it."""

import os
import sys
import sysconfig

__all__ = ["find_runner"]


def find_runner():
    """The path of the program that came with this package.

    It looks in the folders into which pip puts programs: that of this interpreter's environment, that of `pip install
    --user`, and those beside this package that `--target` and `--prefix` use.

    Raises:
        FileNotFoundError: the program is in none of them. The message lists them.
    """
    name = "runner" + (sysconfig.get_config_var("EXE") or "")
    folders = list(_folders())
    for folder in folders:
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            return path
    raise FileNotFoundError(
        "the program {} is in none of {}; install it again: {} -m pip install --force-reinstall runner-nlp".format(
            name, ", ".join(folders), sys.executable or "python"
        )
    )


def _folders():
    """Where pip puts programs, those nearest to this package first, each once."""
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    windows = os.name == "nt"
    scripts = "Scripts" if windows else "bin"
    candidates = [
        # `--target DIR`: DIR/runner and DIR/bin
        os.path.join(here, scripts),
        os.path.join(here, "bin"),
        # `--prefix DIR` and environments: DIR/lib/python3.11/site-packages and DIR/bin, or DIR\Lib\site-packages
        os.path.join(_ancestor(here, 2 if windows else 3), scripts),
        # this interpreter's environment, and `--user`
        sysconfig.get_path("scripts"),
        sysconfig.get_path("scripts", scheme=_user_scheme()),
    ]
    seen = set()
    for folder in candidates:
        if folder and folder not in seen:
            seen.add(folder)
            yield folder


def _ancestor(path, levels):
    for _ in range(levels):
        path = os.path.dirname(path)
    return path


def _user_scheme():
    """The name of the layout that `pip install --user` uses."""
    if sys.version_info >= (3, 10):
        return sysconfig.get_preferred_scheme("user")
    if os.name == "nt":
        return "nt_user"
    if sys.platform == "darwin" and sys._framework:
        return "osx_framework_user"
    return "posix_user"
