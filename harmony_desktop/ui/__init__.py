"""The Qt window and the tray icon."""
