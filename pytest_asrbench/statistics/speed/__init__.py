"""Is it slower? One kind of answer, a `Slowdown`, by what is at hand.

`judge`: a run against a saved one, all rounds of both known; a gate. `pairs`: two models in turn, in one session; an
A/B. `fastest`: two saved runs of which only each snippet's fastest round is kept; the history.
"""
