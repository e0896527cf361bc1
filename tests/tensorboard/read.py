"""Compares event files of `runner curves` with the tables that they were made from, as TensorBoard reads them.

    runner curves results/NAME --tensorboard OUT
    python3 tests/tensorboard/read.py results/NAME OUT [--trackio]

Needs the package tensorboard; with --trackio, that too, in a home of its own.
"""
import argparse
import csv
import os
import pathlib
import struct
import tempfile


def single(text):
    return struct.unpack("<f", struct.pack("<f", float(text)))[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--trackio", action="store_true")
    arguments = parser.parse_args()
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.plugins.hparams import plugin_data_pb2

    rows = list(csv.DictReader((arguments.results / "results.csv").open()))
    curves = list(csv.DictReader((arguments.results / "curves.csv").open()))
    numbers = 0
    for row in (row for row in rows if row["status"] == "ok"):
        events = EventAccumulator(str(arguments.out / row["job"]))
        events.Reload()
        of_job = [point for point in curves if point["job"] == row["job"]]
        for column in ["loss", "learning_rate", "grad_norm", "epoch"]:
            found = [(event.step, event.value) for event in events.Scalars(f"train/{column}")]
            assert found == [(int(point["step"]), single(point[column])) for point in of_job], (row["job"], column)
            numbers += len(found)
        finals = [tag.removeprefix("final/") for tag in events.Tags()["scalars"] if tag.startswith("final/")]
        assert "test_entity_f1" in finals, finals
        for column in finals:
            [event] = events.Scalars(f"final/{column}")
            assert event.value == single(row[column]) and event.step == int(of_job[-1]["step"]), (row["job"], column)
            numbers += 1
        content = events.PluginTagToContent("hparams")["_hparams_/session_start_info"]
        settings = plugin_data_pb2.HParamsPluginData.FromString(content).session_start_info.hparams
        assert settings["train.seed"].number_value == float(row["train.seed"] if "train.seed" in row else row["seed"])
        assert len(settings) > 5, settings
    print(f"{len(rows)} rows, {numbers} numbers equal")
    if arguments.trackio:
        os.environ["TRACKIO_DIR"] = os.environ["HOME"] = tempfile.mkdtemp()
        import trackio
        from trackio.sqlite_storage import SQLiteStorage

        trackio.import_tf_events(str(arguments.out), project="curves")
        print("trackio has the runs", sorted(str(run) for run in SQLiteStorage.get_runs("curves")))


if __name__ == "__main__":
    main()
