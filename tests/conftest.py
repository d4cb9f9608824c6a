"""What all tests need of the process that they run in."""

import signal

# A shell that starts the tests in the background has them ignore Ctrl-C, and so would every program
# that they start and send it to.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
