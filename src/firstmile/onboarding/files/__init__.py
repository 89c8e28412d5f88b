"""Steps as they are written: read from YAML with their lines, checked, and written again."""
