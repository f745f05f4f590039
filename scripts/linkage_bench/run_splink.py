"""Links one or two files with Splink: `python -m linkage_bench.run_splink KIND OUT FLOOR FILE [FILE]`.

KIND is `children` or `febrl`; pairs of FLOOR (match weight, the prior in it) and more are written to OUT. A JSON object
on standard output says how long each part took.
"""

import json
import logging
import pathlib
import sys
import time
import warnings

STARTED = time.monotonic()


def main() -> None:
    """Reads, trains, predicts and writes."""
    warnings.filterwarnings("ignore")
    logging.getLogger("splink").setLevel(logging.ERROR)
    kind, out, floor, *files = sys.argv[1:]
    from linkage_bench import splink_setup

    clock = {"import_s": time.monotonic() - STARTED}
    read, link = {
        "children": (splink_setup.read_children, splink_setup.link_children),
        "febrl": (splink_setup.read_febrl, splink_setup.link_febrl),
    }[kind]
    started = time.monotonic()
    frames = [read(pathlib.Path(file)) for file in files]
    clock["read_s"] = time.monotonic() - started
    started = time.monotonic()
    linker = link(frames)
    clock["train_s"] = time.monotonic() - started
    started = time.monotonic()
    splink_setup.pairs(linker.inference.predict(threshold_match_weight=float(floor))).write_csv(out)
    clock["predict_and_write_s"] = time.monotonic() - started
    print(json.dumps({name: round(seconds, 3) for name, seconds in clock.items()}))


if __name__ == "__main__":
    main()
