"""What should run: compose files become a Project. Pure: standard library and PyYAML only."""
