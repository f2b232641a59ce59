"""A name on the command line -> its entry -> weights on this machine."""
