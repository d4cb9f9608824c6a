"""What all grammars share: joining words into a sentence."""


def join(*parts: str) -> str:
    """Words and phrases in order, one space apart; empty ones vanish."""
    return " ".join(part for part in parts if part)


def finish(text: str, stop: str = ".") -> str:
    """A sentence with its first letter as a capital (where the script has them) and its stop."""
    return f"{text[0].upper()}{text[1:]}{stop}"
