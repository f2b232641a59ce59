"""One file per runtime or model family. Nothing imports these files statically: the registry names them as text."""
