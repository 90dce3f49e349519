"""The garbage collector and the start: nearly all that is made then stays, and is in its way ever after."""

import gc


def pause() -> None:
    """Look for no garbage until `resume`: a start would spend a tenth of its time on it."""
    gc.disable()


def thaw() -> None:
    """What was there before is looked through again: the bridge that made it has ended, and another one starts."""
    gc.unfreeze()
    gc.collect()
    pause()


def resume() -> None:
    """Drop what the start left behind; what is there now is never looked through again."""
    gc.collect()
    gc.freeze()
    gc.enable()
