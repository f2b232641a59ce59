"""How cleaned dictation is judged: which words were to go and which to stay, and what an answer did with them."""
