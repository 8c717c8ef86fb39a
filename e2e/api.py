"""`python e2e/api.py VOUCHSAFE [--three]`: the interface of a real server, called by schemathesis with what its own description says.

Everything that schemathesis checks is checked, with a fixed seed, but for one thing: that whatever fits the description is taken. A
description cannot say all that is refused (a day that is not in the calendar or lies ahead, a deed that the record contradicts); that
the examples are taken is a test of the server's own. Each operation must have been taken some of the time: a run that is only refused
would have tried nothing. With --three it is of three processes on one PostgreSQL, killed and started again all the while: the proxy
before them puts a call that broke off to the next one with the key that it had, as a city's program repeats it, so that a call that was
recorded and not answered must be answered then as it would have been. Closing line: `N passed, N failed, N skipped`.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.request
import uuid

import schemathesis

SEED = "3"
MAX_EXAMPLES = "25"
# Of whole operations and of what comes after them; no measure of how quick anything is.
LIMIT_SECONDS = 600
LIMIT_SECONDS_THREE = 3600
# In the folder of a run: the requests that calls were told of, one a line.
TOLD = "told"
KEY = re.compile(r'[0-9A-Za-z._~:-]{16,128}|"[0-9A-Za-z._~:-]{16,128}"')


@schemathesis.hook
def before_call(context, case, kwargs):
    """Each call gets a key of its own, where it bears a good one: otherwise all but the first would be refused as other calls."""
    headers = case.headers or {}
    name = next((name for name in headers if name.lower() == "idempotency-key"), None)
    if name and KEY.fullmatch(str(headers[name])):
        headers[name] = str(uuid.uuid4())


@schemathesis.hook
def after_call(context, case, response):
    """Keeps which requests were said to be recorded."""
    if case.method == "POST" and case.path == "/api/v1/requests" and response.status_code < 300:
        with open(TOLD, "a") as told:
            print(response.json()["request"], file=told)


def narrowed(document, request):
    """The description for the one agency that the token is of, and with a request that there is: of any other agency or request every
    call is refused, and nothing else would be tried."""
    document["components"]["schemas"]["facts.agency"] = {"enum": ["DOC"]}
    for methods in document["paths"].values():
        for operation in methods.values():
            for parameter in operation.get("parameters", []):
                if parameter["in"] == "path":
                    parameter["examples"] = {"recorded": {"value": request}}
    return document


def record(at, token, document):
    """Records the first example; gives the request's id."""
    examples = document["paths"]["/api/v1/requests"]["post"]["requestBody"]["content"]["application/json"]["examples"]
    call = urllib.request.Request(
        f"http://{at}/api/v1/requests",
        data=json.dumps(next(iter(examples.values()))["value"]).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())},
    )
    with urllib.request.urlopen(call) as answer:
        return json.load(answer)["request"]


def recorded(at, token):
    """The requests that are listed, to the list's end."""
    found, before = [], ""
    while before is not None:
        call = urllib.request.Request(f"http://{at}/api/v1/requests?limit=50{before}", headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(call) as answer:
            page = json.load(answer)
        found += [request["id"] for request in page["requests"]]
        before = f"&before={page['next']}" if page.get("next") else None
    return found


class Tally:
    def __init__(self):
        self.passed = self.failed = 0

    def check(self, name, fault):
        if fault:
            self.failed += 1
            print(f"FAILED  {name}\n{fault}", flush=True)
        else:
            self.passed += 1
            print(f"ok      {name}", flush=True)


def run(program, folder, three, tally):
    here = pathlib.Path(__file__).parent

    def vouchsafe(*words):
        done = subprocess.run([program, *words], cwd=folder, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr

    def token_of(*words):
        status, out, err = vouchsafe(
            "systems", "add", "Schemathesis", "--agency", "DOC", "--may", "ask,list,read,record,state,findings",
            "--by", "the tests", "--json", *words,
        )
        if status != 0:
            sys.exit(f"no token could be made: {err}")
        return json.loads(out)["token"]

    # An embedded store has one writer, so that its token is made first; with three processes somebody records beside the calls.
    token = None if three else token_of("--data", "city")
    serve = (
        ["node", str(here / "three.mjs"), program, str(folder), "--development-sign-in-for-everyone"] if three
        else [program, "serve", "--json", "--listen", "127.0.0.1:0", "--data", "city"]
    )
    traces = folder / "traces"
    with open(traces, "wb") as errors:
        server = subprocess.Popen(
            serve, cwd=folder, stdout=subprocess.PIPE, stderr=errors, text=True, env={**os.environ, "RUST_LOG": "debug"},
        )
    try:
        told = json.loads(server.stdout.readline())
        token = token or token_of(*told["words"])
        described = folder / "openapi.json"
        document = json.loads(vouchsafe("systems", "describe")[1])
        request = record(told["listening"], token, document)
        described.write_text(json.dumps(narrowed(document, request)))
        # As the scheme that the description names, and not as a header beside it: so that calls without it are tried, too.
        (folder / "schemathesis.toml").write_text(f'[auth.openapi.token]\nbearer = "{token}"\n')
        report = folder / "report.json"
        command = [
            str(pathlib.Path(sys.executable).with_name("schemathesis")), "--no-color", "run", str(described),
            "--url", f"http://{told['listening']}", "--seed", SEED,
            "--max-examples", MAX_EXAMPLES, "--exclude-checks", "positive_data_acceptance", "--continue-on-failure",
            "--no-shrink", "--warnings", "off", "--report-json-path", str(report),
        ]
        called = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=LIMIT_SECONDS_THREE if three else LIMIT_SECONDS, check=False,
            env={**os.environ, "PYTHONPATH": str(here), "SCHEMATHESIS_HOOKS": "api"},
        )
        found = "\n".join(called.stdout.splitlines()[-60:]) + called.stderr
        tally.check("schemathesis finds nothing", found if called.returncode != 0 else None)
        there, answered = recorded(told["listening"], token), [request, *(folder / TOLD).read_text().split()]
        fault = None if sorted(there) == sorted(answered) else f"{len(there)} are there and {len(answered)} were told of"
        tally.check(f"{len(there)} requests are recorded, each that a call was told of and no other", fault)
        if report.exists():
            found = json.loads(report.read_text())
            cases = found["test_cases"]["generated"]
            print(f"        {cases} calls, seed {found['seed']}", flush=True)
            for path, methods in document["paths"].items():
                for method in methods:
                    name = f"{method.upper()} {path}"
                    rates = found["valid_rates"].get(name, {}).values()
                    taken = sum(phase["accepted"] for phase in rates)
                    refused = sum(phase["rejected"] for phase in rates)
                    fault = None if taken else f"no call was taken: {found['valid_rates'].get(name)}"
                    tally.check(f"{name}: {taken} taken, {refused} refused", fault)
    finally:
        server.terminate()
        said, _ = server.communicate(timeout=600 if three else 60)
    print(said, end="", flush=True)
    # Of three the database is gone with them, and what is looked for at their end (`served.mjs`) was.
    name = "three processes hold what they acknowledged" if three else "told to stop, the server stops in order"
    tally.check(name, None if server.returncode == 0 else f"status {server.returncode}")
    if not three:
        status, out, err = vouchsafe("verify", "city")
        tally.check("record and log are sound after it", None if status == 0 else out + err)
    shown = token.removeprefix("vst_") in traces.read_text(errors="replace")
    tally.check("no trace shows the token", "the traces hold the token" if shown else None)


def main():
    program = str(pathlib.Path(sys.argv[1]).resolve())
    three = "--three" in sys.argv
    tally = Tally()
    with tempfile.TemporaryDirectory() as folder:
        run(program, pathlib.Path(folder), three, tally)
    print(f"api{' of three processes' if three else ''}, by schemathesis: {tally.passed} passed, {tally.failed} failed, 0 skipped")
    sys.exit(1 if tally.failed else 0)


if __name__ == "__main__":
    main()
