"""What every room may use: checks of what comes from outside, safe text, languages, files written whole."""
