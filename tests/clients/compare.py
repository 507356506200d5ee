"""Compares what real clients do at the sandbox with what gatewalk predicts: compare.py GATEWALK [--clients ID,…]
[--shapes ID,…]. A cell is a client at a set of faults and variations that shows a shape. The last line counts."""

import argparse
import concurrent.futures
import json
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
DRIVERS = {
    "ts1": ["node", "typescript.mjs", "sdk-1"],
    "ts2": ["node", "typescript.mjs", "sdk-2"],
    "py": [sys.executable, "python.py", "py"],
    "fastmcp": [sys.executable, "python.py", "fastmcp"],
}
STEPS = ["challenge", "resource-metadata", "server-metadata", "registration", "authorization", "token", "session"]


def shapes(gatewalk: str) -> dict[str, list[str]]:
    """Every set of options that shows a shape, and the shapes it shows."""
    listed = subprocess.run([gatewalk, "explain", "--clients"], capture_output=True, text=True, check=True).stdout
    found: dict[str, list[str]] = {"": []}
    for shape in re.findall(r"^    ([a-z0-9-]+) ", listed, re.MULTILINE):
        page = subprocess.run([gatewalk, "explain", "shape", shape], capture_output=True, text=True, check=True).stdout
        for options in re.findall(r"--past-refusals (.*) --clients all", page):
            found.setdefault(options, []).append(shape)
    return found


def predicted(gatewalk: str, options: list[str], clients: list[str]) -> dict[str, dict]:
    """What gatewalk says of each client at that sandbox."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "run.json")
        command = [gatewalk, "check", "--sandbox", "--past-refusals", "--quiet", *options]
        command += ["--clients", ",".join(clients), "--report", f"json={path}"]
        subprocess.run(command, capture_output=True, timeout=600, check=False)
        return {entry["client"]: entry for entry in json.loads(path.read_text())["clients"]}


def driven(gatewalk: str, options: list[str], client: str) -> dict:
    """What the client does at a sandbox of its own."""
    sandbox = subprocess.Popen(
        [gatewalk, "sandbox", *options], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        url = next(line.split()[-1] for line in sandbox.stdout if line.startswith("MCP endpoint"))
        ran = subprocess.run(
            [*DRIVERS[client], url], capture_output=True, text=True, timeout=240, cwd=HERE, check=False
        )
        if not ran.stdout.strip():
            raise RuntimeError(f"{client} says nothing: {ran.stderr.strip()[-400:]}")
        return json.loads(ran.stdout.strip().splitlines()[-1])
    except subprocess.TimeoutExpired:
        return {"reached": False, "error": "it does not end", "asked": []}
    finally:
        sandbox.terminate()
        sandbox.wait()


def last_step(asked: list[str]) -> str:
    """The step of the last request of the login, by its path."""
    step = 0
    for line in asked:
        path = line.split()[1]
        known = [("oauth-protected-resource", 1), ("oauth-authorization-server", 2), ("openid-configuration", 2)]
        known += [("/register", 3), ("/authorize", 4), ("/token", 5)]
        step = max([step, *(number for word, number in known if word in path)])
    return STEPS[step]


def agrees(prediction: dict, told: dict) -> bool | None:
    """Whether the prediction came true; None where nothing is predicted."""
    if prediction["verdict"] == "unknown":
        return None
    return (prediction["verdict"] in ("connects", "degraded")) == told["reached"]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("gatewalk")
    parser.add_argument("--clients", default=",".join(DRIVERS))
    parser.add_argument("--shapes", default="")
    parser.add_argument("--json", help="a file for what was seen")
    arguments = parser.parse_args()
    clients = arguments.clients.split(",")
    wanted = {shape for shape in arguments.shapes.split(",") if shape}
    runs = shapes(arguments.gatewalk)
    if strange := set(clients) - set(DRIVERS):
        parser.error(f"no driver for {', '.join(sorted(strange))}; there are {', '.join(DRIVERS)}")
    if strange := wanted - {shape for of in runs.values() for shape in of}:
        parser.error(f"no sandbox shows {', '.join(sorted(strange))}; `gatewalk explain --clients` lists the shapes")
    runs = {options: of for options, of in runs.items() if not wanted or wanted & set(of)}
    cells, seen = {"agree": 0, "disagree": 0, "unknown": 0}, []
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        predictions = {
            options: pool.submit(predicted, arguments.gatewalk, options.split(), clients) for options in runs
        }
        drives = {
            (options, client): pool.submit(driven, arguments.gatewalk, options.split(), client)
            for options in runs
            for client in clients
        }
        for (options, client), drive in drives.items():
            told, prediction = drive.result(), predictions[options].result()[client]
            verdict = {True: "agree", False: "disagree", None: "unknown"}[agrees(prediction, told)]
            cells[verdict] += 1
            seen.append(
                {
                    "options": options,
                    "client": client,
                    "predicted": prediction["verdict"],
                    "shape": prediction.get("shape"),
                    "because": prediction.get("because"),
                    "last_step": last_step(told["asked"]),
                    "verdict": verdict,
                    **told,
                }
            )
            outcome = "reached" if told["reached"] else f"stopped after {last_step(told['asked'])}: {told.get('error')}"
            line = f"{verdict:<9} {client:<8} {options or 'honest':<58} predicted {prediction['verdict']}, {outcome}"
            if verdict != "agree" or wanted:
                print(line, *([] if verdict == "agree" else told["asked"]), sep="\n            ", flush=True)
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps(seen, indent=1))
    print(f"{len(runs)} sandboxes, {len(clients)} clients, {cells['unknown']} cells not predicted")
    print(f"{cells['agree']} passed, {cells['disagree']} failed")
    return 1 if cells["disagree"] or not cells["agree"] else 0


if __name__ == "__main__":
    sys.exit(main())
