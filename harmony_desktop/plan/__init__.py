"""What to do: a Project and what the engine has become a Plan. Pure."""
