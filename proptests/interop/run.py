#!/usr/bin/env python3
"""The holdfast command against servers that others wrote: nginx, nghttpd and Node, with TLS
verified against a CA of our own. Usage: run.py BUILD_DIR [SERVER…]

Each check is a function of one server; all are run, and each failure is told. A server that is not
installed is named, and its checks are left out: a failure only with HOLDFAST_REQUIRE_INTEROP=1 (as
`make test` sets it, once scripts/deps.sh has installed them).
"""

import hashlib
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True  # nothing is left behind, in the tree neither
from servers import BLOB_BYTES, Broken, Certificates, Nghttpd, Nginx, Node

COMMAND_SECONDS = 30
WHOLE_SECONDS = 150  # of a sanitized build on a busy machine; otherwise it takes a few seconds
LOAD = ("-c", "100", "--streams", "100", "--backoff-base", "0.05")


class Failure(Exception):
    pass


class Told:
    """What one run of the command said."""

    def __init__(self, done):
        self.exit, self.out, self.err = done.returncode, done.stdout, done.stderr
        self.text = f"exit {self.exit}\nstdout: {self.out[:2000]}\nstderr: {self.err[:2000]}"
        self.reports = []
        for line in self.out.splitlines():
            if line.startswith("{"):
                self.reports.append(json.loads(line))

    @property
    def report(self):
        return self.reports[0] if self.reports else {}

    def expect(self, condition, what):
        if not condition:
            raise Failure(f"{what}\n{self.text}")

    def expect_exit(self, status):
        self.expect(self.exit == status, f"exit {status} was expected")
        return self

    def attempt(self, report=0):
        self.expect(len(self.reports) > report, "no such report")
        return self.reports[report]["attempts"][-1]


class World:
    """The programs, the certificates, and the blob that is moved about."""

    def __init__(self, build, folder):
        self.command = build / "bin" / "holdfast"
        self.folder = folder
        self.certificates = Certificates(folder)
        self.blob = folder / "blob"
        self.blob.write_bytes(random.Random(7).randbytes(BLOB_BYTES))
        self.sha256 = hashlib.sha256(self.blob.read_bytes()).hexdigest()
        self.trust = ("--cacert", self.certificates.file("ca"))

    def start(self, *words):
        return subprocess.Popen([str(self.command), *map(str, words)], stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self, *words):
        try:
            done = subprocess.run([str(self.command), *map(str, words)], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                  errors="replace", timeout=COMMAND_SECONDS)
        except subprocess.TimeoutExpired as late:
            raise Failure(f"no end after {COMMAND_SECONDS} s: {late.cmd}") from None
        return Told(done)

    def json(self, method, *words):
        return self.run(method, "--json", "--backoff-base", "0.05", *words)

    def load(self, *words):
        told = self.run("load", "--json", *words).expect_exit(0)
        told.expect(told.report["errors"] == 0, "errors under load")
        return told

    def identity(self):
        return ("--cert", self.certificates.file("client"),
                "--key", self.certificates.key("client"))


def https(port, path):
    return f"https://127.0.0.1:{port}{path}"


def http(port, path):
    return f"http://127.0.0.1:{port}{path}"


def speaks(world, version, tls, *words):
    """A GET of 10 MiB, whole, by this version of HTTP and TLS (None: cleartext)."""
    told = world.json("get", *words).expect_exit(0)
    told.expect(told.report["http_version"] == version, f"HTTP/{version} was expected")
    told.expect(told.report["body"]["size"] == BLOB_BYTES, "the size differs")
    told.expect(told.report["body"]["sha256"] == world.sha256, "the bytes differ")
    found = told.attempt()["tls"]
    told.expect((found and found["version"]) == tls, f"TLS {tls} was expected")
    told.expect(not found or found["verified"], "the certificate was not verified")


def resumes(world, version, url, *words):
    """Of two requests on two connections, the second resumes the session of the first."""
    told = world.json("get", *world.trust, *words, url, url).expect_exit(0)
    first, second = told.attempt(0), told.attempt(1)
    told.expect(first["connection_id"] != second["connection_id"], "two connections were expected")
    told.expect(first["tls"] == {"version": version, "resumed": False, "verified": True},
                "a full handshake was expected")
    told.expect(second["tls"] == {"version": version, "resumed": True, "verified": True},
                "a resumed handshake was expected")
    told = world.run("get", "-v", *world.trust, *words, url, url).expect_exit(0)
    told.expect(f"TLS {version} (resumed)" in told.err, "-v does not tell of it")


def rejects(world, status, *words):
    """The certificate is refused before a byte of the request has left."""
    told = world.json("get", *words).expect_exit(status)
    told.expect(told.report["error"]["code"] == "certificate_rejected", "another error came")
    told.expect(len(told.report["attempts"]) == 1, "a rejected certificate is not tried again")
    told.expect(told.attempt()["bytes_sent"] == 0, "a byte of the request has left")


# --- nginx --------------------------------------------------------------------------------------


def nginx_speaks_every_version(world, nginx):
    speaks(world, "1.1", None, http(nginx.ports["clear"], "/blob"))
    speaks(world, "1.1", "1.3", *world.trust, "--http1.1", https(nginx.ports["h2"], "/blob"))
    speaks(world, "2", "1.3", *world.trust, https(nginx.ports["h2"], "/blob"))
    speaks(world, "1.1", "1.2", *world.trust, https(nginx.ports["tls12"], "/blob"))


def nginx_shows_a_certificate_that_is_checked(world, nginx):
    before = len(nginx.requests())
    url = https(nginx.ports["h2"], "/hello")
    other = ("--cacert", world.certificates.file("other-ca"))
    rejects(world, 60, *other, url)
    rejects(world, 60, url)  # the system's store does not know our CA
    wrong_name = f"https://wrong.test:{nginx.ports['h2']}/hello"
    rejects(world, 60, *world.trust, "--resolve", "wrong.test:*:127.0.0.1", wrong_name)
    pin = world.certificates.pin("server")
    rejects(world, 60, *world.trust, "--pinnedpubkey", world.certificates.pin("client"), url)
    told = world.run("get", "--tls-min", "1.3", *world.trust, https(nginx.ports["tls12"], "/hello"))
    told.expect_exit(35)
    if len(nginx.requests()) != before:
        raise Failure("a request has arrived: " + nginx.requests()[-1])
    world.json("get", *world.trust, "--pinnedpubkey", pin, url).expect_exit(0)
    right_name = f"https://interop.test:{nginx.ports['h2']}/hello"
    world.json("get", *world.trust, "--resolve", "Interop.test:*:[::1],127.0.0.1",
               right_name).expect_exit(0)
    told = world.run("get", "-v", "--insecure", *other, url).expect_exit(0)
    told.expect("certificate not verified" in told.err, "-v does not warn")


def nginx_stores_an_upload(world, nginx):
    ways = {"clear": (http(nginx.ports["clear"], "/put/"), ()),
            "h1": (https(nginx.ports["h2"], "/put/"), (*world.trust, "--http1.1")),
            "h2": (https(nginx.ports["h2"], "/put/"), world.trust)}
    for name, (url, words) in ways.items():
        told = world.json("put", *words, "-d", f"@{world.blob}", url + name).expect_exit(0)
        told.expect(told.report["status"] in (201, 204), "nginx did not store it")
        stored = hashlib.sha256(nginx.uploaded(name).read_bytes()).hexdigest()
        told.expect(stored == world.sha256, "what was stored differs")


def nginx_resumes_sessions(world, nginx):
    resumes(world, "1.3", https(nginx.ports["h2"], "/close"), "--http1.1")
    resumes(world, "1.2", https(nginx.ports["tls12"], "/close"))


def nginx_asks_for_a_certificate(world, nginx):
    url = https(nginx.ports["mutual"], "/")
    told = world.run("get", *world.trust, *world.identity(), url).expect_exit(0)
    told.expect(told.out == "CN=interop client", "another identity was expected")
    # nginx completes the handshake and then says what was missing.
    told = world.json("get", *world.trust, url).expect_exit(0)
    told.expect(told.report["status"] == 400, "400 was expected")


def nginx_reloads_under_load(world, nginx):
    """Old workers drain with GOAWAY and Connection: close; not one request is lost."""
    url = https(nginx.ports["h2"], "/hello")
    for name, words in {"h2": (*world.trust, url),
                        "h1": (*world.trust, "--http1.1", url)}.items():
        began = len(nginx.requests())
        load = world.start("load", "--json", *LOAD, "--max-attempts", "10", "-n", "20000", *words)
        try:
            reloads = 0
            deadline = time.monotonic() + COMMAND_SECONDS
            while load.poll() is None and time.monotonic() < deadline:
                if reloads < 3 and len(nginx.requests()) - began > 4000 * (reloads + 1):
                    nginx.reload()
                    reloads += 1
                time.sleep(0.01)
            out, err = load.communicate(timeout=max(1.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            raise Failure(f"{name}: no end after {COMMAND_SECONDS} s") from None
        finally:
            load.kill()
            load.wait()
        told = Told(subprocess.CompletedProcess((), load.returncode, out, err)).expect_exit(0)
        told.expect(reloads > 0, f"{name}: the load was over before the first reload")
        told.expect(told.report["requests"] == 20000 and told.report["errors"] == 0,
                    f"{name}: a request has failed")
        # That the reloads were felt: over HTTP/2 one connection would have done.
        opened = told.report["connections_opened"]
        told.expect(name == "h1" or opened > 1, "no connection was drained")


# --- nghttpd ------------------------------------------------------------------------------------


def nghttpd_speaks_http2(world, nghttpd):
    speaks(world, "2", "1.3", *world.trust, https(nghttpd.ports["h2"], "/blob"))
    speaks(world, "2", None, "--http2-prior-knowledge", http(nghttpd.ports["clear"], "/blob"))


def nghttpd_echoes_an_upload(world, nghttpd):
    for words in ((*world.trust, https(nghttpd.ports["h2"], "/")),
                  ("--http2-prior-knowledge", http(nghttpd.ports["clear"], "/"))):
        told = world.json("put", "-d", f"@{world.blob}", *words).expect_exit(0)
        told.expect(told.report["body"]["sha256"] == world.sha256, "the echo differs")


def nghttpd_carries_a_hundred_streams(world, nghttpd):
    for protocol, words in {
            "HTTP/2 over TLS 1.3": (*world.trust, https(nghttpd.ports["h2"], "/hello")),
            "HTTP/2": ("--http2-prior-knowledge", http(nghttpd.ports["clear"], "/hello"))}.items():
        told = world.load("-n", "2000", *LOAD, *words)
        told.expect(told.report["connections_opened"] == 1, "one connection was expected")
        told.expect(told.report["protocols"] == {protocol: 2000}, f"{protocol} was expected")
        told.expect(told.report["retries"] == 0, "no retry was expected")


# --- Node ---------------------------------------------------------------------------------------


def node_ways(world, node):
    return {"HTTP/1.1 over TLS": (*world.trust, "--http1.1", https(node.ports["secure"], "")),
            "HTTP/2 over TLS": (*world.trust, https(node.ports["secure"], "")),
            "HTTP/2": ("--http2-prior-knowledge", http(node.ports["clear"], ""))}


def node_speaks_every_version(world, node):
    for name, (*words, url) in node_ways(world, node).items():
        version = name.split()[0].removeprefix("HTTP/")
        speaks(world, version, "1.3" if "TLS" in name else None, *words, url + "/blob")


def node_digests_an_upload(world, node):
    for *words, url in node_ways(world, node).values():
        told = world.run("post", *words, "-d", f"@{world.blob}", url + "/sha256").expect_exit(0)
        told.expect(told.out == world.sha256, "what arrived differs")


def node_sends_trailers(world, node):
    for *words, url in node_ways(world, node).values():
        told = world.json("get", *words, url + "/trailers").expect_exit(0)
        trailers = [(name.lower(), value) for name, value in told.report["trailers"]]
        told.expect(trailers == [("x-sum", "42")], "the trailer was expected")
        told.expect(told.report["body"]["size"] == len("summed up"), "the body differs")


def node_resumes_sessions(world, node):
    url = https(node.ports["secure"], "/bye")
    resumes(world, "1.3", url, "--http1.1")
    resumes(world, "1.3", url)


def node_asks_for_a_certificate(world, node):
    url = https(node.ports["mutual"], "/hello")
    told = world.run("get", *world.trust, *world.identity(), url).expect_exit(0)
    told.expect(told.out == "hello", "the body differs")
    # In TLS 1.3 the refusal arrives after our side of the handshake is done.
    told = world.json("get", *world.trust, url).expect_exit(35)
    told.expect("certificate" in told.report["error"]["message"], "the alert is not named")


def node_drains_under_load(world, node):
    """GOAWAY on every session and a new listener, twelve times: not one request is lost."""
    for *words, url in list(node_ways(world, node).values())[1:]:
        before = int(world.run("get", *words, url + "/drains").expect_exit(0).out)
        told = world.load("-n", "6000", "--max-attempts", "10", *LOAD, *words,
                          url + "/drain?at=500")
        told.expect(told.report["requests"] == 6000, "6000 answers were expected")
        after = int(world.run("get", *words, url + "/drains").expect_exit(0).out)
        told.expect(after - before >= 12, "twelve drains were expected")
        told.expect(told.report["connections_opened"] > 1, "no session was drained")


SERVERS = {
    "nginx": (Nginx, (nginx_speaks_every_version, nginx_shows_a_certificate_that_is_checked,
                      nginx_stores_an_upload, nginx_resumes_sessions,
                      nginx_asks_for_a_certificate, nginx_reloads_under_load)),
    "nghttpd": (Nghttpd, (nghttpd_speaks_http2, nghttpd_echoes_an_upload,
                          nghttpd_carries_a_hundred_streams)),
    "node": (Node, (node_speaks_every_version, node_digests_an_upload, node_sends_trailers,
                    node_resumes_sessions, node_asks_for_a_certificate, node_drains_under_load)),
}


def try_server(world, program, failures):
    make, checks = SERVERS[program]
    if shutil.which(program) is None:
        print(f"interop: {program} IS NOT INSTALLED: its {len(checks)} checks are LEFT OUT "
              f"(scripts/deps.sh interop installs it)")
        if os.environ.get("HOLDFAST_REQUIRE_INTEROP") == "1":
            failures.append(f"{program} is required and missing")
        return
    server = make(world.folder, world.certificates, world.blob)
    try:
        for check in checks:
            began = time.monotonic()
            try:
                check(world, server)
                verdict = "ok"
            except Failure as failure:
                failures.append(f"{check.__name__}: {failure}")
                verdict = "FAILED"
            print(f"interop: {verdict:6} {check.__name__} ({time.monotonic() - began:.1f} s)",
                  flush=True)
    finally:
        server.close()


def main():
    # /usr/sbin, where nginx lives, is not on every user's path.
    os.environ["PATH"] += os.pathsep + "/usr/sbin"

    def too_late(*_):
        raise Broken(f"not done after {WHOLE_SECONDS} s")

    signal.signal(signal.SIGALRM, too_late)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("interop: terminated"))
    signal.alarm(WHOLE_SECONDS)
    failures = []
    with tempfile.TemporaryDirectory(prefix="holdfast-interop-") as name:
        world = World(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(name))
        for program in sys.argv[2:] or SERVERS:
            try:
                try_server(world, program, failures)
            except Broken as broken:
                failures.append(f"{program}: {broken}")
    for failure in failures:
        print("interop: " + failure, file=sys.stderr)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
