"""Attachments against pyca/cryptography, whose authors call them Cobblestone-256: what one seals the other opens, both ways.

python3 e2e/chunked-interop.py FOLDER, where FOLDER has the example `chunked` of the crate `seal`, as `cargo build -p seal
--examples` leaves it in target/debug/examples, and Python has the package that xtask/src/tools.rs names. Exit status 0 only if
everything agreed.
"""

import secrets
import subprocess
import sys
from pathlib import Path

from cryptography.cobblestone import Cobblestone256Decryptor, Cobblestone256Encryptor
from cryptography.exceptions import InvalidTag

PROGRAM = Path(sys.argv[1] if len(sys.argv) > 1 else "target/debug/examples") / "chunked"
CONTEXT = b"vouchsafe/attachment/v1"
CHUNK = 16384
TAG = 16
PREFIX = 24 + 32
SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 5 * CHUNK + 100]

counts = {True: 0, False: 0}


def hold(what, truth):
    counts[truth] += 1
    if not truth:
        print(f"does not agree: {what}", file=sys.stderr)


def ours(verb, key, data):
    """What our program writes, or None where it refuses."""
    done = subprocess.run([PROGRAM, verb, key.hex()], input=data, capture_output=True)
    if done.returncode not in (0, 1) or (verb == "seal" and done.returncode):
        raise RuntimeError(f"chunked {verb}: {done.stderr.decode()}")
    return done.stdout if done.returncode == 0 else None


def theirs_seal(key, data, piece):
    sealer = Cobblestone256Encryptor(key, CONTEXT)
    return b"".join(sealer.update(data[at : at + piece]) for at in range(0, len(data), piece)) + sealer.finalize()


def theirs_open(key, sealed, context=CONTEXT):
    """What their library opens, or None where it refuses."""
    opener = Cobblestone256Decryptor(key, context)
    try:
        return opener.update(sealed) + opener.finalize()
    except InvalidTag:
        return None


def spoilt(sealed):
    """What nobody may open: a bit changed in each part, and a cut at each place where something ends."""
    last = PREFIX + (len(sealed) - PREFIX) // (CHUNK + TAG) * (CHUNK + TAG)
    for place in {0, 24, PREFIX, last, len(sealed) - TAG, len(sealed) - 1}:
        changed = bytearray(sealed)
        changed[place] ^= 1
        yield f"a bit changed in byte {place}", bytes(changed)
    for cut in {0, 24, PREFIX, last, len(sealed) - TAG, len(sealed) - 1} - {len(sealed)}:
        yield f"cut after {cut} bytes", sealed[:cut]
    yield "one byte more", sealed + b"\0"


for size in SIZES:
    data = bytes((i * i + 7 * i) % 251 for i in range(size))
    key, other = secrets.token_bytes(32), secrets.token_bytes(32)
    sealed_here = ours("seal", key, data)
    sealed_there = theirs_seal(key, data, 5000)
    hold(f"the length of {size} bytes sealed", len(sealed_here) == len(sealed_there))
    for who, sealed in [("ours", sealed_here), ("theirs", sealed_there)]:
        what = f"{who} of {size} bytes"
        hold(f"{what}, opened there", theirs_open(key, sealed) == data)
        hold(f"{what}, opened here", ours("open", key, sealed) == data)
        hold(f"{what}, another key there", theirs_open(other, sealed) is None)
        hold(f"{what}, another key here", ours("open", other, sealed) is None)
        hold(f"{what}, another purpose there", theirs_open(key, sealed, b"another purpose") is None)
        for how, bad in spoilt(sealed):
            hold(f"{what}, {how}, refused there", theirs_open(key, bad) is None)
            hold(f"{what}, {how}, refused here", ours("open", key, bad) is None)

print(f"chunked-interop: {counts[True]} things agree with pyca/cryptography, {counts[False]} do not")
sys.exit(1 if counts[False] else 0)
