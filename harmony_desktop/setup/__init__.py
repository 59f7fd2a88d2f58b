"""The stack folder: seeding of files, settings, edits that keep comments."""
