"""The test lab: a real Docker engine of its own, real image names, stand-in services, a stand-in GPU. See README.md."""
