"""What the stand-ins hear by: the mean spectrum and the length of a clip, held against those of the clips they know."""

import wave

import torch

RATE, WINDOW, HOP = 16_000, 400, 160
NEAR = 0.02  # mean difference of log spectra below which two clips are the same
SAME_LENGTH = 0.02  # seconds


def features(samples):
    """The mean log spectrum of samples, float32 of shape (n,), and their seconds; of shape (202,)."""
    frames = samples.float().unfold(0, WINDOW, HOP) * torch.hann_window(WINDOW)
    spectrum = torch.log(torch.fft.rfft(frames).abs() + 1e-3).mean(dim=0)
    return torch.cat([spectrum, torch.tensor([len(samples) / RATE])])


def read(path):
    """The samples of a WAV file of 16 bits, mono, as float32; its rate has to be the one that is heard."""
    with wave.open(path) as file:
        assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (1, RATE, 2)
        pcm = torch.frombuffer(bytearray(file.readframes(file.getnframes())), dtype=torch.int16)
    return pcm.float() / 32768


class Hearing(torch.nn.Module):
    """Knows clips by their features, which are its weights."""

    def __init__(self, clips):
        super().__init__()
        self.keys = torch.nn.Parameter(torch.zeros(clips, 202), requires_grad=False)

    def forward(self, samples):
        """The number of the clip that is heard; the number of clips for one that is not known."""
        heard, known = features(samples), self.keys.float()
        apart = (known[:, :-1] - heard[:-1]).abs().mean(dim=1)
        apart[(known[:, -1] - heard[-1]).abs() > SAME_LENGTH] = float("inf")
        best = int(apart.argmin())
        return best if apart[best] < NEAR else len(known)
