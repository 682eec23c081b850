"""Foreign servers for run.py: nginx, nghttpd and Node on free loopback ports, and the certificates
they show, made anew in a temporary folder. Each server is ended by close(), and by nothing else."""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

HERE = pathlib.Path(__file__).resolve().parent
START_SECONDS = 10
BLOB_BYTES = 10 * 1024 * 1024


class Broken(Exception):
    """A server that did not start, or a tool that failed: no verdict on the client."""


def call(*command):
    done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, timeout=30,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise Broken(f"{command[0]} ended with {done.returncode}:\n{done.stdout}")
    return done.stdout


class Certificates:
    """A CA, a server's and a client's certificate by it, and a CA that signed neither."""

    NAMES = "DNS:localhost,DNS:interop.test,IP:127.0.0.1"

    def __init__(self, folder):
        self.folder = folder
        self._root("ca")
        self._root("other-ca")
        self._leaf("server", self.NAMES)
        self._leaf("client", "DNS:client.test")

    def file(self, name):
        return self.folder / (name + ".pem")

    def key(self, name):
        return self.folder / (name + ".key")

    def pin(self, name):
        """sha256/… of the public key, by way of openssl (RFC 7469 section 2.4)."""
        public = subprocess.run(["openssl", "x509", "-in", self.file(name), "-pubkey", "-noout"],
                                check=True, stdout=subprocess.PIPE).stdout
        for step in (["pkey", "-pubin", "-outform", "der"], ["dgst", "-sha256", "-binary"],
                     ["enc", "-base64"]):
            public = subprocess.run(["openssl", *step], input=public, check=True,
                                    stdout=subprocess.PIPE).stdout
        return "sha256/" + public.decode().strip()

    def _new_key(self, name):
        return ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-keyout", self.key(name), "-subj", f"/CN=interop {name}")

    def _root(self, name):
        call("openssl", "req", "-x509", "-days", "2", *self._new_key(name), "-out",
             self.file(name), "-addext", "basicConstraints=critical,CA:TRUE", "-addext",
             "keyUsage=critical,keyCertSign,cRLSign")

    def _leaf(self, name, names):
        request, extensions = self.folder / (name + ".csr"), self.folder / (name + ".ext")
        call("openssl", "req", "-new", *self._new_key(name), "-out", request)
        extensions.write_text(f"subjectAltName={names}\nbasicConstraints=CA:FALSE\n")
        call("openssl", "x509", "-req", "-in", request, "-CA", self.file("ca"), "-CAkey",
             self.key("ca"), "-CAcreateserial", "-days", "2", "-extfile", extensions, "-out",
             self.file(name))


def free_ports(count):
    """Ports that were free a moment ago; who finds one taken tries again with others."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def listening(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Process:
    """A server process with its log; ended by close()."""

    def __init__(self, command, log, **options):
        self.log = log
        with open(log, "wb") as out:
            places = {"stdin": subprocess.DEVNULL, "stdout": out, "stderr": out, **options}
            self.process = subprocess.Popen([str(word) for word in command],
                                            start_new_session=True, **places)

    def wait_for(self, ports):
        deadline = time.monotonic() + START_SECONDS
        while not all(listening(port) for port in ports):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.close()
                raise Broken(f"{self.process.args[0]} did not start:\n{self.log.read_text()}")
            time.sleep(0.02)

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                # Its own session: nothing else can be in the group, and a worker may not stay.
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def with_free_ports(count, start):
    """start(ports), again with others should one have been taken in between."""
    for last in (False, False, True):
        try:
            return start(free_ports(count))
        except Broken:
            if last:
                raise


NGINX = """
daemon off;
{user}
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/nginx.error info;
events {{ worker_connections 512; }}
http {{
  log_format requests '$server_port $server_protocol $request_method $request_uri $status';
  access_log {folder}/nginx.access requests;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  ssl_protocols TLSv1.2 TLSv1.3;
  ssl_certificate {certificate};
  ssl_certificate_key {key};
  ssl_session_cache shared:interop:1m;
  keepalive_requests 1000000;
  client_max_body_size 20m;
  root {folder}/www;
  server {{ listen 127.0.0.1:{clear}; {locations} }}
  server {{ listen 127.0.0.1:{h2} ssl http2; {locations} }}
  server {{ listen 127.0.0.1:{tls12} ssl; ssl_protocols TLSv1.2; {locations} }}
  server {{
    listen 127.0.0.1:{mutual} ssl http2;
    ssl_client_certificate {ca};
    ssl_verify_client on;
    location / {{ return 200 "$ssl_client_s_dn"; }}
  }}
}}
"""
NGINX_LOCATIONS = """
    location /hello { return 200 "hello"; }
    location /close { keepalive_timeout 0; return 200 "closing"; }
    location /put/ { dav_methods PUT; create_full_put_path on; }
"""


class Nginx:
    """`ports`: clear (HTTP/1.1), h2 (TLS; HTTP/1.1 too), tls12 (HTTP/1.1), mutual."""

    PORTS = ("clear", "h2", "tls12", "mutual")

    def __init__(self, folder, certificates, blob):
        self.folder = folder / "nginx"
        (self.folder / "www" / "put").mkdir(parents=True)
        shutil.copyfile(blob, self.folder / "www" / "blob")

        def start(ports):
            self.ports = dict(zip(self.PORTS, ports))
            config = self.folder / "nginx.conf"
            config.write_text(NGINX.format(
                # Workers of a root master would be nobody, who may not look into our folder.
                user="user root;" if os.geteuid() == 0 else "", folder=self.folder,
                certificate=certificates.file("server"), key=certificates.key("server"),
                ca=certificates.file("ca"), locations=NGINX_LOCATIONS, **self.ports))
            self.process = Process(["nginx", "-c", config, "-e", self.folder / "nginx.error"],
                                   self.folder / "nginx.log")
            self.process.wait_for(ports)

        with_free_ports(len(self.PORTS), start)

    def requests(self):
        return (self.folder / "nginx.access").read_text().splitlines()

    def uploaded(self, name):
        return self.folder / "www" / "put" / name

    def reload(self):
        """What `nginx -s reload` does: new workers, and a graceful end for the old ones."""
        self.process.process.send_signal(signal.SIGHUP)

    def close(self):
        self.process.close()


class Nghttpd:
    """`ports`: h2 (TLS), clear (prior knowledge). Echoes uploads."""

    def __init__(self, folder, certificates, blob):
        docroot = folder / "nghttpd"
        docroot.mkdir()
        (docroot / "hello").write_text("hello")
        shutil.copyfile(blob, docroot / "blob")
        common = ["-a", "127.0.0.1", "-d", docroot, "-m", "100", "--echo-upload"]
        self.processes = []

        def start_secure(ports):
            process = Process(["nghttpd", *common, ports[0], certificates.key("server"),
                               certificates.file("server")], folder / "nghttpd.log")
            process.wait_for(ports)
            self.processes.append(process)
            return ports[0]

        def start_clear(ports):
            process = Process(["nghttpd", "--no-tls", *common, ports[0]],
                              folder / "nghttpd-clear.log")
            process.wait_for(ports)
            self.processes.append(process)
            return ports[0]

        try:
            self.ports = {"h2": with_free_ports(1, start_secure),
                          "clear": with_free_ports(1, start_clear)}
        except Broken:
            self.close()
            raise

    def close(self):
        for process in self.processes:
            process.close()


class Node:
    """`ports`: secure (HTTP/2 and HTTP/1.1 over TLS), mutual, clear; see server.mjs."""

    def __init__(self, folder, certificates, blob):
        self.process = Process(["node", HERE / "server.mjs", certificates.key("server"),
                                certificates.file("server"), certificates.file("ca"), blob],
                               folder / "node.log", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        line = self.process.process.stdout.readline()
        if not line:
            self.close()
            raise Broken("node did not start:\n" + self.process.log.read_text())
        self.ports = json.loads(line)

    def close(self):
        self.process.process.stdin.close()
        self.process.close()
        self.process.process.stdout.close()
