"""What draws with ModernGL: passes that own their GL objects and release them once."""
