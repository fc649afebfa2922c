"""The one error of this package, and checks of shape."""


class Refused(Exception):
    """Bytes that must not be believed. `reason` is a class named in spec/vectors/formats/README.md."""

    def __init__(self, reason, text=""):
        super().__init__(f"{reason}: {text}" if text else reason)
        self.reason = reason


def need(condition, reason, text=""):
    if not condition:
        raise Refused(reason, text)


def uint(value):
    return type(value) is int and value >= 0


def text(value):
    return type(value) is str


def flag(value):
    return type(value) is bool


def blob(value):
    return type(value) is bytes


def bytes_of(length):
    return lambda value: type(value) is bytes and len(value) == length


def maybe(pattern):
    return lambda value: value is None or fits(value, pattern)


def one_of(*values):
    return lambda value: type(value) is int and value in values


B16, B32 = bytes_of(16), bytes_of(32)


def fits(value, pattern):
    """Whether a decoded value has a shape: a tuple is an array of exactly these elements, a list of
    one pattern an array of any length, a text or number itself, a function a test."""
    if callable(pattern):
        return pattern(value)
    if type(pattern) is tuple:
        return (
            type(value) is list
            and len(value) == len(pattern)
            and all(fits(item, inner) for item, inner in zip(value, pattern))
        )
    if type(pattern) is list:
        return type(value) is list and all(fits(item, pattern[0]) for item in value)
    return type(value) is type(pattern) and value == pattern


def shape(value, pattern, what):
    need(fits(value, pattern), "form", f"{what} does not have the right form")
    return value


def is_sorted(items):
    """Ascending without repetition."""
    return all(a < b for a, b in zip(items, items[1:]))
