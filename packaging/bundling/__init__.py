"""Makes packages for Linux: what surrounds the bundle of PyInstaller on a desktop.

Used with ``packaging/`` on the module path (``PYTHONPATH=packaging python -m bundling``); the folder itself cannot be a
package, there is a library of that name.
"""
