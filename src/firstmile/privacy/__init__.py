"""What people agreed to, asked in plain words and kept with proof."""
