"""At which steps a run is looked at: step 0, powers of two, every n-th step and the last."""

from dataclasses import dataclass

from analysis.errors import UserError


@dataclass(frozen=True)
class Schedule:
    """A set of training steps, a pure function of its settings and of the last step.

    `{0} + {2^k} + {k * every} + {last}`, each once. With the defaults and 131,072 steps these are
    the 44 checkpoints of Riemenschneider & Frank (2025) and step 0.
    """

    powers_of_two: bool = True
    """Whether steps 1, 2, 4, 8, ... belong to it."""

    every: int = 5000
    """Multiples of this step belong to it; 0 for none."""

    def __post_init__(self) -> None:
        if self.every < 0:
            raise UserError(f"every is {self.every}", where="schedule", fix="use 0 for none")

    def includes(self, step: int, last: int) -> bool:
        """Whether `step` of a run of `last` steps belongs to it."""
        power = self.powers_of_two and step & (step - 1) == 0
        multiple = self.every > 0 and step % self.every == 0
        return 0 <= step <= last and (step in (0, last) or power or multiple)

    def steps(self, last: int) -> list[int]:
        """All its steps up to `last`, ascending."""
        powers = [2**k for k in range(last.bit_length())] if self.powers_of_two else []
        multiples = range(0, last + 1, self.every) if self.every else ()
        return sorted(step for step in {0, *powers, *multiples, last} if step <= last)
